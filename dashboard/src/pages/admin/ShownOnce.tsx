import { Alert, Button, Code, CopyButton, Group, Stack } from "@mantine/core";

/** A secret that the server does not know a second time. */
export function ShownOnce({ apiKey, onDone }: { readonly apiKey: string; readonly onDone: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" variant="light" title="Copy it now">It is shown this once. Who loses it needs another.</Alert>
      <Code block tabIndex={0} aria-label="The key">{apiKey}</Code>
      <Group justify="flex-end">
        <CopyButton value={apiKey}>{({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
        <Button onClick={onDone}>I have it</Button>
      </Group>
    </Stack>
  );
}
