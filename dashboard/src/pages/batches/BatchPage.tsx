import { Badge, Button, Code, Group, Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ApiError, type BatchView, type EvaluationView } from "cloche";
import { useEffect, useMemo } from "react";
import { batchKeys, batchQuery, membersKey, membersQuery } from "~/api/batches";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { ExportMenu } from "~/export/ExportMenu";
import { useCatchingUp } from "~/live/catching-up";
import { ReadLagNote } from "~/live/ReadLagNote";
import { useLiveQueries } from "~/live/use-live";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { StatusBadge } from "~/status/StatusBadge";
import { reasonOf } from "~/status/words";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { Ago, Took } from "~/time/Times";
import { Bar } from "./Bar";
import { BatchActions } from "./BatchActions";
import { countsOf, lookOfState, progressOf, stateOf, tallied, type Counts, type State } from "./states";
import { StatusGrid } from "./StatusGrid";

const route = getRouteApi("/batches/$id");
const NOWHERE = new Set(["not_found", "invalid_id"]);

/** One batch: each of its evaluations, how far they are, and how they went. */
export function BatchPage() {
  const { id } = route.useParams();
  const query = useQuery(batchQuery(useClient(), id));
  if (query.error instanceof ApiError && NOWHERE.has(query.error.code)) {
    return (
      <Page title="Not found">
        <EmptyState title="There is no such batch" action={<LinkAnchor to="/batches">All batches</LinkAnchor>}>
          <Code>{id}</Code> is not a batch of this key&apos;s tenant. It may be of another one, was mistyped, or was submitted a moment ago
          and is not in the rows yet. <Button size="compact-xs" variant="subtle" onClick={() => void query.refetch()}>Look again</Button>
        </EmptyState>
      </Page>
    );
  }
  if (query.data === undefined) {
    return (
      <Page title="Batch">
        {query.isError ? <Trouble error={query.error} retry={() => void query.refetch()} /> : <Skeleton height={160} aria-label="Loading" />}
      </Page>
    );
  }
  return <Batch key={id} batch={query.data} />;
}

function Batch({ batch }: { readonly batch: BatchView }) {
  const client = useClient();
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(membersQuery(client, batch.id));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  // The grid is of all of them.
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const members = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const ids = useMemo(() => new Set(members.map((member) => member.id)), [members]);
  const whole = members.length === batch.size;
  useCatchingUp(membersKey(batch.id), members.length);
  // A batch that was submitted a moment ago is not yet whole in the rows.
  useLiveQueries(batchKeys.one(batch.id), (event) => ids.has(event.envelope.subject));
  useLiveQueries(membersKey(batch.id), () => !whole && !hasNextPage);
  const counts = whole ? tallied(members) : countsOf(batch);
  const progress = progressOf(counts);
  const shown = show === undefined ? members : members.filter((member) => stateOf(member) === show);
  return (
    <Page
      title={batch.name || `Batch ${batch.id.slice(0, 8)}`}
      about={<Facts batch={batch} over={progress.over} />}
      actions={
        <>
          <BatchActions batch={batch} progress={progress} />
          <ExportMenu name={`batch-${batch.id}`} what={show === undefined ? "The whole batch" : "Those that are shown"} rows={() => (show === undefined ? client.batches.evaluations(batch.id) : shown)} />
        </>
      }
    >
      <Bar counts={counts} size={batch.size} thick />
      <Choice counts={counts} size={batch.size} show={show} onShow={(state) => void navigate({ search: state === undefined ? {} : { show: state }, replace: true })} />
      {isError && <Trouble error={query.error} retry={() => void query.refetch()} />}
      <StatusGrid members={shown} />
      <DataTable
        label="evaluations of the batch"
        columns={COLUMNS}
        rows={shown}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: "/evaluations/$id", params: { id: row.id } })}
        loading={query.isPending}
        height="28rem"
        empty={isError ? null : <Text c="dimmed">{show === undefined ? "They are on their way into the rows." : `None is in the state “${lookOfState(show).word}” now.`}</Text>}
      />
      <ReadLagNote path={`/v1/batches/${batch.id}`} />
    </Page>
  );
}

const COLUMNS: readonly Column<EvaluationView>[] = [
  { id: "index", header: "#", meta: { width: 60, end: true }, cell: ({ row: { original } }) => original.batch?.index },
  { id: "status", header: "Status", meta: { width: 160 }, cell: ({ row: { original } }) => <StatusBadge status={original.status} outcome={original.outcome} size="sm" /> },
  {
    id: "name", header: "Name", cell: ({ row: { original } }) => (
      <LinkAnchor to="/evaluations/$id" params={{ id: original.id }} size="sm">{original.name ?? original.id.slice(0, 8)}</LinkAnchor>
    ),
  },
  {
    id: "labels", header: "Labels", cell: ({ row: { original } }) => (
      <Group gap={4} wrap="nowrap">
        {Object.entries(original.labels).map(([key, value]) => <Badge key={key} size="sm" variant="default" tt="none">{key}={value}</Badge>)}
      </Group>
    ),
  },
  { id: "waited", header: "Waited", meta: { width: 90, end: true }, cell: ({ row: { original } }) => <Took from={original.queued_at} to={original.started_at ?? original.completed_at} /> },
  { id: "ran", header: "Ran", meta: { width: 90, end: true }, cell: ({ row: { original } }) => <Took from={original.started_at} to={original.completed_at} /> },
  { id: "reason", header: "Why", cell: ({ row: { original } }) => <Text span size="sm" lineClamp={1}>{reasonOf(original)}</Text> },
];

function Facts({ batch, over }: { readonly batch: BatchView; readonly over: number }) {
  return (
    <Group gap="md" mt={4}>
      <span role="status">{count(over)} of {count(batch.size)} over</span>
      <span>submitted <Ago at={batch.created_at} /></span>
      <span>took <Took from={batch.created_at} to={batch.completed_at} /></span>
      {batch.concurrency !== null && <span>{count(batch.concurrency)} at a time</span>}
      <Text span size="xs" ff="monospace">{batch.id}</Text>
    </Group>
  );
}

/** Outcome counts, each of which shows its own evaluations alone. */
function Choice({ counts, size, show, onShow }: {
  readonly counts: Counts;
  readonly size: number;
  readonly show: State | undefined;
  readonly onShow: (state: State | undefined) => void;
}) {
  // What is shown may be what none is in any more.
  const states = show === undefined || counts.has(show) ? [...counts] : [...counts, [show, 0] as const];
  return (
    <Group gap="xs" role="group" aria-label="Show">
      <Button size="compact-sm" variant={show === undefined ? "filled" : "default"} aria-pressed={show === undefined} onClick={() => onShow(undefined)}>
        All {count(size)}
      </Button>
      {states.map(([state, amount]) => {
        const { sign, word } = lookOfState(state);
        return (
          <Button key={state} size="compact-sm" variant={show === state ? "filled" : "default"} aria-pressed={show === state} onClick={() => onShow(show === state ? undefined : state)}>
            <span aria-hidden="true">{sign}</span>&nbsp;{word} {count(amount)}
          </Button>
        );
      })}
    </Group>
  );
}
