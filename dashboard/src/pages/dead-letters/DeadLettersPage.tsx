import { Badge, Button, Group, Select, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Client, DeadLetter } from "cloche";
import { useMemo, useState } from "react";
import { letterKeys, lettersQuery } from "~/api/dead-letters";
import { aboutQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { BulkDialog, type Bulk } from "~/bulk/BulkDialog";
import { useLiveQueries } from "~/live/use-live";
import { Confirm, type Question } from "~/notices/Confirm";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { bytes, count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { letterFiltersOf, letterSearchOf, type LetterSearch } from "./filters";
import { LetterDrawer } from "./LetterDrawer";

const route = getRouteApi("/dead-letters");

const COLUMNS: readonly Column<DeadLetter>[] = [
  { id: "kind", header: "Kind", meta: { width: 110 }, cell: ({ row: { original } }) => <Badge variant="light" color={original.kind === "evaluation" ? "grape" : "gray"} size="sm" tt="none">{original.kind}</Badge> },
  { id: "reason", header: "Reason", cell: ({ row: { original } }) => <><Text span size="sm" fw={500}>{original.reason}</Text> <Text span size="sm" c="dimmed">{detailOf(original)}</Text></> },
  { id: "handler", header: "Given up by", meta: { width: 130 }, cell: ({ row: { original } }) => original.handler },
  {
    id: "evaluation", header: "Evaluation", meta: { width: 110 }, cell: ({ row: { original } }) => original.evaluation && (
      <LinkAnchor to="/evaluations/$id" params={{ id: original.evaluation }} size="sm">{original.evaluation.slice(0, 8)}</LinkAnchor>
    ),
  },
  { id: "deliveries", header: "Tried", meta: { width: 70, end: true }, cell: ({ row: { original } }) => count(original.deliveries) },
  { id: "size", header: "Size", meta: { width: 90, end: true }, cell: ({ row: { original } }) => bytes(original.size) },
  { id: "parked", header: "Put aside", meta: { width: 110 }, cell: ({ row: { original } }) => <Ago at={original.parked_at ?? original.time} /> },
];

/** What was given up: to be looked at, run again, or thrown away. */
export function DeadLettersPage() {
  const client = useClient();
  const queries = useQueryClient();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const about = useQuery(aboutQuery(client));
  const operates = about.data?.scopes.includes("operate") ?? false;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<Bulk>();
  const [question, setQuestion] = useState<Question>();
  const filters = letterFiltersOf(search);
  const list = useInfiniteQuery(lettersQuery(client, filters));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  useLiveQueries([...letterKeys.all, "list"], (event) => event.name === "dead-lettered");
  const go = (changes: { readonly [K in keyof LetterSearch]?: unknown }) => {
    setSelected(new Set());
    void navigate({ search: letterSearchOf({ ...search, ...changes }), replace: true });
  };
  const again = () => queries.invalidateQueries({ queryKey: letterKeys.all });
  const chosen = rows.filter((row) => selected.has(row.id)).map((row) => row.id);
  const filtered = Object.values(filters).some((value) => value !== undefined);
  return (
    <Page
      title="Dead letters"
      about="Evaluations that were given up after their last attempt, and messages that a service could not digest. Nothing of it is lost until it is thrown away."
      actions={operates && rows.length > 0 && <All client={client} filters={filters} filtered={filtered} onAsk={setQuestion} onDone={again} />}
    >
      <Group gap="xs" align="flex-end">
        <Select label="Kind" clearable data={["evaluation", "message"]} placeholder="any" w={150} value={search.kind ?? null} onChange={(kind) => go({ kind })} />
        <Field key={`r${search.reason ?? ""}`} label="Reason" value={search.reason} onChange={(reason) => go({ reason })} />
        <Field key={`h${search.handler ?? ""}`} label="Given up by" value={search.handler} onChange={(handler) => go({ handler })} />
      </Group>
      {operates && chosen.length > 0 && (
        <Group gap="xs">
          <Text size="sm" role="status">{count(chosen.length)} chosen</Text>
          <Button size="compact-sm" variant="light" onClick={() => setBulk({
            title: `Run ${count(chosen.length)} again?`, confirm: "Run them again", ids: chosen,
            about: "What each carries is submitted as a new evaluation, and its letter is gone. Asked twice, it runs once.",
            act: (id) => client.deadLetters.requeue(id),
          })}>Run again</Button>
          <Button size="compact-sm" variant="light" color="red" onClick={() => setBulk({
            title: `Throw ${count(chosen.length)} away?`, confirm: "Throw them away", dangerous: true, ids: chosen,
            about: "The letters and their payloads are gone for good. What the log tells of their evaluations stays.",
            act: (id) => client.deadLetters.delete(id),
          })}>Throw away</Button>
        </Group>
      )}
      {about.data && !operates && <Text size="sm" c="dimmed">To run them again or throw them away takes a key with the scope operate.</Text>}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      <DataTable
        label="dead letters"
        columns={COLUMNS}
        rows={rows}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ search: { ...search, letter: row.id } })}
        selected={operates ? selected : undefined}
        onSelect={setSelected}
        hasMore={list.hasNextPage}
        onMore={() => void list.fetchNextPage()}
        loading={list.isFetchingNextPage || list.isPending}
        minWidth={860}
        empty={list.isError ? null : <Nothing filtered={filtered} onClear={() => void navigate({ search: {} })} />}
      />
      <LetterDrawer id={search.letter} operates={operates} onClose={() => go({ letter: undefined })} onAsk={setQuestion} onDone={async () => {
        await navigate({ search: { ...letterSearchOf({ ...search, letter: undefined }) } });
        await again();
      }} />
      <Confirm question={question} onClose={() => setQuestion(undefined)} />
      <BulkDialog bulk={bulk} onClose={() => {
        setBulk(undefined);
        setSelected(new Set());
        void again();
      }} />
    </Page>
  );
}

const MOST = 1000;

/** What fits, whether it is loaded or not. */
function All({ client, filters, filtered, onAsk, onDone }: {
  readonly client: Client;
  readonly filters: ReturnType<typeof letterFiltersOf>;
  readonly filtered: boolean;
  readonly onAsk: (question: Question) => void;
  readonly onDone: () => Promise<void>;
}) {
  const { kind = null, reason = null, handler = null } = filters;
  const select = { kind, reason, handler, limit: MOST };
  const which = filtered ? "every letter that fits the filters" : "every letter";
  return (
    <>
      <Button variant="default" onClick={() => onAsk({
        title: "Run all of them again?", confirm: "Run all again",
        about: `That is ${which}, at most ${count(MOST)} at once. What carries no submission stays where it is.`,
        act: async () => {
          const report = await client.deadLetters.requeueAll(select);
          await onDone();
          const [first] = report.refused;
          if (first !== undefined) throw new Error(`${count(report.requeued)} run again; ${count(report.refused.length)} stay, as ${first.letter}: ${first.detail || first.code}`);
        },
      })}>Run all again</Button>
      <Button variant="light" color="red" onClick={() => onAsk({
        title: "Throw all of them away?", confirm: "Throw all away", dangerous: true,
        about: `That is ${which}, at most ${count(MOST)} at once. They are gone for good.`,
        act: async () => {
          await client.deadLetters.purge(select);
          await onDone();
        },
      })}>Throw all away</Button>
    </>
  );
}

function Field({ label, value, onChange }: { readonly label: string; readonly value: string | undefined; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value ?? "");
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      onChange(text);
    }}>
      <TextInput type={label === "Reason" ? "search" : "text"} label={label} w={180} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={() => text !== (value ?? "") && onChange(text)} />
    </form>
  );
}

function Nothing({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  if (filtered) return <EmptyState title="Nothing fits" action={<Button onClick={onClear}>Clear the filters</Button>}>No dead letter is of that kind, reason and service.</EmptyState>;
  return (
    <EmptyState title="No dead letters">
      That is as it should be. What is given up, as when its executor was lost three times, is put aside here with the reason, and can be run again once
      that is mended.
    </EmptyState>
  );
}

/** What it says beyond its reason, which many begin with. */
function detailOf({ reason, detail }: DeadLetter): string {
  return detail.startsWith(`${reason}: `) ? detail.slice(reason.length + 2) : detail;
}
