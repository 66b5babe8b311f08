import { Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { EvaluationView, Status } from "cloche";
import { evaluationKeys, evaluationsQuery, placeQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { useLiveQueries } from "~/live/use-live";
import { Trouble } from "~/notices/Trouble";
import { StatusBadge } from "~/status/StatusBadge";
import { SideScroll } from "~/table/SideScroll";
import { Took } from "~/time/Times";
import { placeWords } from "./why";

const SHOWN = 10;
const WAITING: readonly Status[] = ["queued", "retry_pending"];
const FILTERS = { status: WAITING, order: "asc", limit: SHOWN } as const;
// Each asks for its own place: not as often as who looks at one alone.
const PLACE_MILLISECONDS = 10_000;

/** The tenant's evaluations that have waited longest, each with its reason. */
export function Waiting() {
  const client = useClient();
  const list = useInfiniteQuery(evaluationsQuery(client, FILTERS));
  useLiveQueries([...evaluationKeys.lists, FILTERS], (event) => event.name === "queued" || event.name === "started" || event.name === "completed");
  // What has started since is out of the list a moment later.
  const rows = list.data?.pages[0]?.items.filter((row) => WAITING.includes(row.status)) ?? [];
  return (
    <>
      <Title order={2} size="h4">Waiting longest</Title>
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data !== undefined && rows.length === 0 && <Text size="sm" c="dimmed">None of this key&apos;s tenant waits.</Text>}
      {rows.length > 0 && (
        <SideScroll label="Waiting longest" minWidth={620}>
          <Table aria-label="Evaluations that have waited longest">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Evaluation</Table.Th><Table.Th>Status</Table.Th><Table.Th>Engine</Table.Th><Table.Th>Priority</Table.Th>
                <Table.Th ta="end">For</Table.Th><Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>{rows.map((row) => <Row key={row.id} row={row} />)}</Table.Tbody>
          </Table>
        </SideScroll>
      )}
      {list.hasNextPage && (
        <Text size="sm"><LinkAnchor to="/history" search={{ status: WAITING, order: "asc" }}>All that wait</LinkAnchor></Text>
      )}
    </>
  );
}

function Row({ row }: { readonly row: EvaluationView }) {
  const place = useQuery({ ...placeQuery(useClient(), row.id, true), refetchInterval: PLACE_MILLISECONDS });
  return (
    <Table.Tr>
      <Table.Td><LinkAnchor to="/evaluations/$id" params={{ id: row.id }} size="sm">{row.name ?? row.id.slice(0, 8)}</LinkAnchor></Table.Td>
      <Table.Td><StatusBadge status={row.status} size="sm" /></Table.Td>
      <Table.Td>{row.engine_requested}</Table.Td>
      <Table.Td>{row.priority}</Table.Td>
      <Table.Td ta="end"><Took from={row.queued_at ?? row.submitted_at} to={null} /></Table.Td>
      <Table.Td>{place.data ? placeWords(place.data) : place.isError ? place.error.message : "…"}</Table.Td>
    </Table.Tr>
  );
}
