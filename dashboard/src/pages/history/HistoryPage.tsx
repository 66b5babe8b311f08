import { Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { isOver, type EvaluationView } from "cloche";
import { useMemo, useState } from "react";
import { evaluationsQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { LinkButton } from "~/app/links";
import { BulkDialog, type Bulk } from "~/bulk/BulkDialog";
import { ExportMenu } from "~/export/ExportMenu";
import { useCatchingUp } from "~/live/catching-up";
import { ReadLagNote } from "~/live/ReadLagNote";
import { useLiveEvents } from "~/live/use-live";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { chosenColumns, columnsOf } from "./columns";
import { FilterBar } from "./FilterBar";
import { chipsOf, type Filters } from "./filters";
import { freshAfter, NOTHING_FRESH, wordsOf } from "./fresh";
import { COLUMNS_KEY, readKept, VIEWS_KEY, viewsOf, type View } from "./kept";
import { ColumnMenu, ViewsMenu } from "./Menus";

const route = getRouteApi("/history");
const PAGE = 100;

/** Everything that was ever submitted, newest first: searched, filtered, and acted on together. */
export function HistoryPage() {
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [views, setViews] = useLocalStorage<readonly View[]>({
    key: VIEWS_KEY, defaultValue: [], getInitialValueInEffect: false, deserialize: (text) => viewsOf(readKept(text)),
  });
  const [columns, setColumns] = useLocalStorage<readonly string[]>({
    key: COLUMNS_KEY, defaultValue: chosenColumns(undefined), getInitialValueInEffect: false, deserialize: (text) => chosenColumns(readKept(text)),
  });
  const go = (next: Filters) => void navigate({ search: next, replace: true });
  return (
    <Page
      title="History"
      actions={
        <>
          <ViewsMenu views={views} filters={filters} onOpen={go} onChange={setViews} />
          <ColumnMenu chosen={columns} onChange={(chosen) => setColumns(chosenColumns(chosen))} />
        </>
      }
    >
      <FilterBar filters={filters} onChange={go} />
      {/* Other filters are another list: what was chosen and counted is of this one. */}
      <List key={JSON.stringify(filters)} filters={filters} columns={columns} onClear={() => go({})} />
    </Page>
  );
}

function List({ filters, columns, onClear }: { readonly filters: Filters; readonly columns: readonly string[]; readonly onClear: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = route.useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [fresh, setFresh] = useState(NOTHING_FRESH);
  const [bulk, setBulk] = useState<Bulk>();
  const query = evaluationsQuery(client, { ...filters, limit: PAGE });
  // Rows change as the feed tells; new ones come when they are wanted.
  const list = useInfiniteQuery({ ...query, staleTime: Infinity, refetchOnMount: "always", refetchOnWindowFocus: false });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  // Other columns are other cells of every row.
  const shown = useMemo(() => columnsOf(columns), [columns]);
  useCatchingUp(query.queryKey, rows.length);
  useLiveEvents((events) => {
    if (list.data === undefined) return;
    const known = new Set(rows.map((row) => row.id));
    setFresh((before) => freshAfter(before, filters, events, known));
  });
  const anew = () => {
    setFresh(NOTHING_FRESH);
    // From its beginning: further pages would come again one by one.
    queries.setQueryData<InfiniteData<unknown>>(query.queryKey, (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) });
    void queries.invalidateQueries({ queryKey: query.queryKey });
  };
  const chosen = rows.filter((row) => selected.has(row.id));
  return (
    <>
      <Group gap="xs" mih={30} justify="space-between">
        <Group gap="xs">
          <Chosen rows={chosen} onBulk={setBulk} onNone={() => setSelected(new Set())} />
          {fresh.ids.size > 0 && <Button size="compact-sm" radius="xl" onClick={anew}>{wordsOf(fresh)}</Button>}
          <VisuallyHidden role="status">{fresh.ids.size > 0 && wordsOf(fresh)}</VisuallyHidden>
        </Group>
        <ExportMenu
          name="evaluations"
          what={chosen.length > 0 ? `The ${count(chosen.length)} that are chosen` : "All that fit"}
          rows={() => (chosen.length > 0 ? chosen : client.evaluations.list({ ...filters, limit: 200 }))}
        />
      </Group>
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      <DataTable
        label="evaluations"
        columns={shown}
        rows={rows}
        rowId={(row) => row.id}
        onOpen={(row) => void navigate({ to: "/evaluations/$id", params: { id: row.id } })}
        selected={selected}
        onSelect={setSelected}
        hasMore={list.hasNextPage}
        onMore={() => void list.fetchNextPage()}
        loading={list.isFetchingNextPage || list.isPending}
        minWidth={Math.max(480, 130 * columns.length)}
        empty={list.isError ? null : <Nothing filtered={chipsOf(filters).length > 0} onClear={onClear} />}
      />
      {list.data && <ReadLagNote path="/v1/evaluations" />}
      <BulkDialog bulk={bulk} onClose={() => {
        setBulk(undefined);
        setSelected(new Set());
      }} />
    </>
  );
}

function Chosen({ rows, onBulk, onNone }: {
  readonly rows: readonly EvaluationView[];
  readonly onBulk: (bulk: Bulk) => void;
  readonly onNone: () => void;
}) {
  const client = useClient();
  if (rows.length === 0) return null;
  const open = rows.filter((row) => !isOver(row.status) && row.status !== "cancelling").map((row) => row.id);
  return (
    <>
      <Text size="sm" role="status">{count(rows.length)} chosen</Text>
      <Button
        size="compact-sm" color="red" variant="light" disabled={open.length === 0}
        onClick={() => onBulk({
          title: `Cancel ${count(open.length)} evaluations?`, confirm: "Cancel them", dangerous: true, ids: open,
          about: `Their programs are killed; what they have written is kept. ${rows.length > open.length ? "Those that are over stay as they are." : ""}`,
          act: (id) => client.evaluations.cancel(id, { reason: "cancelled together in the dashboard" }),
        })}
      >
        Cancel {count(open.length)}
      </Button>
      <Button
        size="compact-sm" variant="light"
        onClick={() => onBulk({
          title: `Run ${count(rows.length)} again?`, confirm: "Run them again", ids: rows.map((row) => row.id),
          about: "Each becomes a new evaluation of the same submission. The former ones stay.",
          act: (id) => client.evaluations.rerun(id),
        })}
      >
        Run again
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onNone}>Choose none</Button>
    </>
  );
}

function Nothing({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  if (filtered) {
    return (
      <EmptyState title="Nothing fits" action={<Button onClick={onClear}>Clear the filters</Button>}>
        No evaluation has all of that. All filters must fit; of several values of one filter one is enough.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing was run yet" action={<LinkButton to="/submit" search={{}}>Submit a program</LinkButton>}>
      Every program that is submitted stays here, with its output and its events: from this page, from the command{" "}
      <code>cloche run hello.py</code>, or from the SDKs.
    </EmptyState>
  );
}
