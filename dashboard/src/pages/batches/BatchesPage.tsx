import { Group, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { BatchView } from "cloche";
import { useMemo } from "react";
import { batchesQuery, batchKeys } from "~/api/batches";
import { useClient } from "~/api/system";
import { LinkAnchor, LinkButton } from "~/app/links";
import { ReadLagNote } from "~/live/ReadLagNote";
import { useLiveQueries } from "~/live/use-live";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { Ago, Took } from "~/time/Times";
import { Bar } from "./Bar";
import { countsOf, lookOfState, progressOf } from "./states";

const COLUMNS: readonly Column<BatchView>[] = [
  {
    id: "name", header: "Batch", cell: ({ row: { original } }) => (
      <LinkAnchor to="/batches/$id" params={{ id: original.id }} size="sm">{original.name || original.id.slice(0, 8)}</LinkAnchor>
    ),
  },
  {
    id: "progress", header: "Progress", meta: { width: 200 }, cell: ({ row: { original } }) => <Bar counts={countsOf(original)} size={original.size} />,
  },
  {
    id: "over", header: "Over", meta: { width: 110, end: true }, cell: ({ row: { original } }) => (
      <span className="tabular">{count(progressOf(countsOf(original)).over)} of {count(original.size)}</span>
    ),
  },
  { id: "states", header: "So far", cell: ({ row: { original } }) => <States batch={original} /> },
  { id: "created", header: "Submitted", meta: { width: 110 }, cell: ({ row: { original } }) => <Ago at={original.created_at} /> },
  { id: "took", header: "Took", meta: { width: 100, end: true }, cell: ({ row: { original } }) => <Took from={original.created_at} to={original.completed_at} /> },
];

function States({ batch }: { readonly batch: BatchView }) {
  return (
    <Group gap="xs">
      {[...countsOf(batch)].map(([state, amount]) => {
        const { sign, word } = lookOfState(state);
        return <Text key={state} span size="sm"><span aria-hidden="true">{sign}</span> {count(amount)} {word.toLowerCase()}</Text>;
      })}
    </Group>
  );
}

/** Many evaluations that were submitted together, and how far each of those is. */
export function BatchesPage() {
  const client = useClient();
  const navigate = useNavigate();
  const list = useInfiniteQuery(batchesQuery(client));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const goesOn = rows.some((batch) => batch.completed_at === null);
  // Only the first event of an evaluation says which batch it is of.
  useLiveQueries(batchKeys.lists, (event) =>
    event.name === "queued" || event.name === "scheduled" ? Boolean(event.data.origin?.batch) || goesOn : goesOn,
  );
  return (
    <Page title="Batches" actions={<LinkButton to="/submit" search={{}}>Submit many</LinkButton>}>
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      <DataTable
        label="batches"
        columns={COLUMNS}
        rows={rows}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: "/batches/$id", params: { id: row.id } })}
        hasMore={list.hasNextPage}
        onMore={() => void list.fetchNextPage()}
        loading={list.isFetchingNextPage || list.isPending}
        minWidth={860}
        empty={list.isError ? null : (
          <EmptyState title="No batch yet" action={<LinkButton to="/submit" search={{}}>Submit many</LinkButton>}>
            A batch is many evaluations that are submitted at once, all of them or none: many files, one program with a grid of
            parameters, or the same five times. Submit has that under “how many”; the command is <code>cloche batch</code>.
          </EmptyState>
        )}
      />
      {list.data && <ReadLagNote path="/v1/batches" />}
    </Page>
  );
}
