import { Alert, Badge, Button, Code, Group, Modal, MultiSelect, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import type { FeedEvent } from "cloche";
import { useState } from "react";
import { LinkAnchor, LinkButton } from "~/app/links";
import { useKeys } from "~/keyboard/keys";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { lookOf, OUTCOME_NAMES } from "~/status/words";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { local, utc } from "~/time/format";
import { MOST_EVENTS } from "./event-log";
import { eventFiltersOf, TYPES, type EventFilters } from "./filters";
import { useEventLog } from "./use-event-log";

const route = getRouteApi("/events");

/** Everything that happens to the tenant, as it happens, or again from a time. */
export function EventsPage() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Record<string, unknown>) => void navigate({ search: eventFiltersOf({ ...filters, ...changes }), replace: true });
  return (
    <Page title="Event stream" about="The log as it grows, newest first, without what programs write.">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm" verticalSpacing="xs">
        <MultiSelect label="Type" data={TYPES} value={[...(filters.type ?? [])]} onChange={(type) => change({ type })} clearable />
        <MultiSelect
          label="Outcome"
          data={OUTCOME_NAMES.map((value) => ({ value, label: lookOf("completed", value).word }))}
          value={[...(filters.outcome ?? [])]}
          onChange={(outcome) => change({ outcome })}
          clearable
        />
        <TagsInput label="Label" placeholder="key=value" value={[...(filters.label ?? [])]} onChange={(label) => change({ label })} />
        <Field key={`language ${filters.language ?? ""}`} label="Language" value={filters.language} onChange={(language) => change({ language })} />
        <Field key={`batch ${filters.batch ?? ""}`} label="Batch" value={filters.batch} onChange={(batch) => change({ batch })} />
        <Field key={`from ${filters.from ?? ""}`} label="Replay from (UTC)" placeholder="2026-11-26T12:00:00Z" value={filters.from} onChange={(from) => change({ from })} />
      </SimpleGrid>
      <Log key={JSON.stringify(filters)} filters={filters} onFrom={(from) => change({ from })} />
    </Page>
  );
}

/** Taken over when it is left or at Enter: each letter would begin the stream anew. */
function Field({ label, placeholder, value = "", onChange }: {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
}) {
  return (
    <TextInput
      label={label}
      placeholder={placeholder ?? ""}
      defaultValue={value}
      onBlur={(event) => event.currentTarget.value !== value && onChange(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && onChange(event.currentTarget.value)}
    />
  );
}

function Log({ filters, onFrom }: { readonly filters: EventFilters; readonly onFrom: (from: "beginning" | undefined) => void }) {
  const { log, state, error } = useEventLog(filters);
  const [open, setOpen] = useState<FeedEvent>();
  const toggle = () => (state.paused ? log.goOn() : log.pause());
  useKeys([{ keys: "p", does: "Pause the stream, or go on", run: toggle }]);
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button size="compact-md" variant="light" onClick={toggle} aria-pressed={state.paused}>{state.paused ? "Go on" : "Pause"}</Button>
        {filters.from !== "beginning" && <Button size="compact-md" variant="default" onClick={() => onFrom("beginning")}>From the beginning</Button>}
        {filters.from !== undefined && <Button size="compact-md" variant="default" onClick={() => onFrom(undefined)}>From now on</Button>}
        <Text size="sm" role="status">{state.paused ? `Paused, ${count(state.waiting)} came meanwhile` : ""}</Text>
        {state.forgotten > 0 && (
          <Text size="sm" c="dimmed">The newest {count(MOST_EVENTS)} are kept here; {count(state.forgotten)} older ones are in the log.</Text>
        )}
      </Group>
      {error !== undefined && <Trouble error={error} />}
      {filters.outcome !== undefined && <Alert variant="light" color="gray">With an outcome, only completed events are shown.</Alert>}
      <DataTable
        label="events"
        columns={COLUMNS}
        rows={state.rows}
        rowId={(event) => event.cursor}
        onOpen={setOpen}
        height="calc(100dvh - 22rem)"
        empty={
          <EmptyState title="Nothing has happened yet" action={<LinkButton to="/submit">Submit a program</LinkButton>}>
            Events appear here as they are appended: when a program is queued, starts, ends. To see what was before, replay from a time or from the beginning.
          </EmptyState>
        }
      />
      <Modal opened={open !== undefined} onClose={() => setOpen(undefined)} size="xl" title={open?.name ?? "Event"} closeButtonProps={{ "aria-label": "Close" }}>
        {open && (
          <Stack>
            <LinkAnchor to="/evaluations/$id" params={{ id: open.envelope.subject }}>Open the evaluation {open.envelope.subject}</LinkAnchor>
            <Code block tabIndex={0}>{JSON.stringify(open.envelope, null, 2)}</Code>
          </Stack>
        )}
      </Modal>
    </Stack>
  );
}

const COLUMNS: Column<FeedEvent>[] = [
  { id: "time", header: "Time", meta: { width: 130 }, cell: ({ row }) => <Moment at={Date.parse(row.original.envelope.time)} /> },
  {
    id: "type",
    header: "Type",
    meta: { width: 170 },
    cell: ({ row: { original } }) => (
      <Badge variant="light" color="gray" tt="none" radius="sm">{original.name === "unknown" ? original.envelope.type : original.name}</Badge>
    ),
  },
  {
    id: "evaluation",
    header: "Evaluation",
    cell: ({ row: { original } }) => <LinkAnchor size="sm" to="/evaluations/$id" params={{ id: original.envelope.subject }}>{original.envelope.subject}</LinkAnchor>,
  },
  { id: "says", header: "Says", cell: ({ row }) => saysOf(row.original) },
  { id: "source", header: "From", meta: { width: 180 }, cell: ({ row }) => <Text size="xs" c="dimmed" truncate>{row.original.envelope.source}</Text> },
];

function Moment({ at }: { readonly at: number }) {
  return <time className="tabular" dateTime={utc(at)} title={utc(at)}>{local(at).slice(11)}</time>;
}

function saysOf(event: FeedEvent): string {
  switch (event.name) {
    case "completed":
      return lookOf("completed", event.data.outcome).word;
    case "case-completed":
      return `case ${event.data.index}: ${lookOf("completed", event.data.outcome).word}`;
    case "started":
      return `attempt ${event.data.attempt} in ${event.data.engine}`;
    case "queued":
      return `attempt ${event.data.attempt}`;
    default:
      return "";
  }
}
