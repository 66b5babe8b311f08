import { Button, Group, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { languagesQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { guess } from "~/editor/detect";
import { useKeys } from "~/keyboard/keys";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { bytes, count, counted } from "~/time/amounts";
import { CopyAs } from "./CopyAs";
import { sizeOf, Unclear, weightOf, type Draft } from "./draft";
import { Files } from "./Files";
import { useDrop } from "./drop";
import { Former } from "./Former";
import { Program } from "./Program";
import { send } from "./send";
import classes from "./submit.module.css";
import { Terms } from "./Terms";
import { TEMPLATES } from "./templates";
import { EMPTY } from "./draft";
import { useStoredDraft } from "./stored-draft";

const CodeEditor = lazy(() => import("~/editor/CodeEditor"));
const route = getRouteApi("/submit");

/** Write a program, say how it is to be run, and send it: once, again and again, or many at once. */
export function SubmitPage() {
  const client = useClient();
  const { from } = route.useSearch();
  const navigate = route.useNavigate();
  const { draft, change, replace, kept } = useStoredDraft();
  const languages = useQuery(languagesQuery(client));
  const sending = useMutation({
    mutationFn: () => send(client, draft),
    onSuccess: (address) => navigate({ href: address }),
  });
  const drop = useDrop((files) => change({ files: [...draft.files, ...files] }));
  const submit = () => {
    if (!sending.isPending) sending.mutate();
  };
  useKeys([{ keys: "e", does: "Write in the editor", run: focusEditor }]);
  const language = draft.language === "auto" ? guess(draft.code, draft.name, languages.data?.items ?? []) : draft.language;
  const size = sizeOf(draft);
  const nothing = (draft.code.trim() === "" && draft.files.length === 0) || size === 0;
  return (
    <Page
      title="Submit"
      about="A program runs in a sandbox of its own, without a network, within the limits that you give it."
      actions={
        <>
          <Menu position="bottom-end" width={300}>
            <Menu.Target><Button variant="default">Examples</Button></Menu.Target>
            <Menu.Dropdown>
              {TEMPLATES.map((template) => (
                <Menu.Item key={template.name} onClick={() => replace(template.draft)}>
                  {template.name} <Text span size="xs" c="dimmed">{template.about}</Text>
                </Menu.Item>
              ))}
              <Menu.Divider />
              <Menu.Item onClick={() => replace(EMPTY)}>Begin anew</Menu.Item>
            </Menu.Dropdown>
          </Menu>
          <Button onClick={submit} loading={sending.isPending} disabled={nothing} title="Ctrl+Enter">
            {labelOf(draft, size)}
          </Button>
        </>
      }
    >
      {from !== undefined && <Former key={from} id={from} onDraft={(former) => {
        replace(former);
        void navigate({ search: {}, replace: true });
      }} />}
      {sending.isError && (
        sending.error instanceof Unclear
          ? <Trouble error={new Error(`${sending.error.field}: ${sending.error.message}`)} title="That cannot be sent yet" />
          : <Trouble error={sending.error} retry={submit} />
      )}
      <div className={classes["columns"]} {...drop.handlers} data-dropping={drop.over ? "" : undefined}>
        <Stack gap="sm" miw={0}>
          <Program draft={draft} change={change} languages={languages.data?.items ?? []} guessed={draft.language === "auto" ? language : undefined} />
          <Suspense fallback={<Skeleton height={320} />}>
            <CodeEditor value={draft.code} onChange={(code) => change({ code })} onSubmit={submit} language={language ?? ""} label="Program" />
          </Suspense>
          <Group justify="space-between" gap="xs">
            <Text size="xs" c="dimmed">
              {counted(draft.code === "" ? 0 : draft.code.split("\n").length, "line")}, {bytes(weightOf(draft))} in all
              {kept ? "; kept in this browser while you write" : "; too large to be kept in this browser"}
            </Text>
            <Text size="xs" c="dimmed">Ctrl+Enter sends it</Text>
          </Group>
          <Files files={draft.files} onChange={(files) => change({ files })} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <Terms draft={draft} change={change} error={sending.error} images={languages.data?.images ?? []} />
          <CopyAs draft={draft} />
        </Stack>
      </div>
    </Page>
  );
}

function labelOf(draft: Draft, size: number | undefined): string {
  if (draft.when === "cron") return "Make the schedule";
  return draft.many === "one" ? "Run" : `Run ${size === undefined ? "" : count(size)}`;
}

function focusEditor(): void {
  document.querySelector<HTMLElement>("main .cm-content")?.focus();
}
