import { Button, Code, CopyButton, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { batchOf, submissionOf, type Draft } from "./draft";
import { COPIES, copyOf, type Copy } from "./copies";
import classes from "./submit.module.css";

/** The same in the words of another client. */
export function CopyAs({ draft }: { readonly draft: Draft }) {
  const [kind, setKind] = useState<Copy>("curl");
  const [open, setOpen] = useState(false);
  if (!open) return <Button variant="default" size="sm" onClick={() => setOpen(true)}>Copy as curl, CLI, Python, TypeScript</Button>;
  const text = textOf(kind, draft);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <SegmentedControl size="xs" aria-label="Copy as" data={[...COPIES]} value={kind} onChange={setKind} />
        <CopyButton value={text}>
          {({ copied, copy }) => <Button size="compact-sm" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}
        </CopyButton>
      </Group>
      <Code block className={classes["copy"]} tabIndex={0}>{text}</Code>
      <Text size="xs" c="dimmed">The key is taken from CLOCHE_API_KEY; it is not in the text.</Text>
    </Stack>
  );
}

function textOf(kind: Copy, draft: Draft): string {
  try {
    return copyOf(kind, draft.many === "one" ? { one: submissionOf(draft) } : { batch: batchOf(draft) }, window.location.origin);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
