import { Group, Paper, SimpleGrid, Skeleton, Switch, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { QueueView } from "cloche";
import { aboutQuery } from "~/api/evaluations";
import { executorsQuery, queueQuery, type ExecutorState } from "~/api/queue";
import { useClient } from "~/api/system";
import { LinkButton } from "~/app/links";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { SideScroll } from "~/table/SideScroll";
import { count, counted } from "~/time/amounts";
import { duration } from "~/time/format";
import { Executors } from "./Executors";
import { Waiting } from "./Waiting";
import { whyOf } from "./why";

const route = getRouteApi("/queue");
const SECOND = 1000;
const seconds = (value: number | null): string => (value === null ? "–" : duration(value * SECOND));

/** What waits, for how long and why, and who works it off. */
export function QueuePage() {
  const client = useClient();
  const { own = false } = route.useSearch();
  const navigate = route.useNavigate();
  const about = useQuery(aboutQuery(client));
  const operates = about.data?.scopes.includes("operate") ?? false;
  const queue = useQuery({ ...queueQuery(client, operates && !own), enabled: about.data !== undefined });
  const executors = useQuery(executorsQuery(client, operates));
  const error = about.error ?? queue.error;
  return (
    <Page
      title="Queue"
      about="What waits to be run, by engine and priority. It is asked for anew every two seconds."
      actions={operates && (
        <Switch label="Only my tenant" checked={own} onChange={(event) => void navigate({ search: event.currentTarget.checked ? { own: true } : {}, replace: true })} />
      )}
    >
      {error && <Trouble error={error} retry={() => void (about.isError ? about.refetch() : queue.refetch())} />}
      {queue.data === undefined
        ? !error && <Skeleton height={200} aria-label="Loading" />
        : (
          <>
            <Figures queue={queue.data} />
            <Lines queue={queue.data} executors={executors.data?.items} />
            <Tenants queue={queue.data} />
          </>
        )}
      <Waiting />
      <Title order={2} size="h4">Executors</Title>
      {operates
        ? executors.isError ? <Trouble error={executors.error} retry={() => void executors.refetch()} /> : executors.data && <Executors list={executors.data} />
        : about.data && (
          <Text size="sm" c="dimmed">
            {queue.data ? `${counted(queue.data.executors, "executor")} with ${counted(queue.data.slots, "slot")}, ${count(queue.data.busy)} in use. ` : ""}
            Which they are is shown to keys with the scope operate.
          </Text>
        )}
    </Page>
  );
}

function Figures({ queue }: { readonly queue: QueueView }) {
  const { recent } = queue;
  const waiting = queue.lines.reduce((sum, line) => sum + line.waiting, 0);
  const running = queue.lines.reduce((sum, line) => sum + line.running, 0);
  const oldest = Math.max(-1, ...queue.lines.map((line) => line.oldest_seconds ?? -1));
  const figures: readonly (readonly [string, string, string?])[] = [
    ["Waiting", count(waiting)],
    ["Oldest waits for", oldest < 0 ? "–" : seconds(oldest)],
    ["Running", count(running)],
    ["Slots in use", `${count(queue.busy)} of ${count(queue.slots)}`, counted(queue.executors, "executor")],
    ["Waited, median", seconds(recent.wait_p50), `95 %: ${seconds(recent.wait_p95)}, 99 %: ${seconds(recent.wait_p99)}`],
    ["Ended each second", recent.completed_per_second.toFixed(2), `in the last ${seconds(recent.seconds)}`],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      {figures.map(([name, value, more]) => (
        <Paper key={name} withBorder p="sm">
          <Text size="xs" c="dimmed">{name}</Text>
          <Text fw={650} size="lg" className="tabular">{value}</Text>
          {more && <Text size="xs" c="dimmed">{more}</Text>}
        </Paper>
      ))}
    </SimpleGrid>
  );
}

function Lines({ queue, executors }: { readonly queue: QueueView; readonly executors: readonly ExecutorState[] | undefined }) {
  if (queue.lines.length === 0) {
    return (
      <EmptyState title="Nothing waits and nothing runs" action={<Group><LinkButton to="/submit" search={{}}>Submit a program</LinkButton></Group>}>
        What is submitted stands here until a slot of an executor takes it on, high priority first.
      </EmptyState>
    );
  }
  const tenants = new Set(queue.lines.map((line) => line.tenant)).size > 1;
  return (
    <SideScroll label="Lines" minWidth={680}>
      <Table aria-label="Lines of the queue">
        <Table.Thead>
          <Table.Tr>
            {tenants && <Table.Th>Tenant</Table.Th>}
            <Table.Th>Engine</Table.Th><Table.Th>Priority</Table.Th><Table.Th ta="end">Waiting</Table.Th><Table.Th ta="end">Held back</Table.Th>
            <Table.Th ta="end">Running</Table.Th><Table.Th ta="end">Oldest</Table.Th><Table.Th>Why it waits</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {queue.lines.map((line) => (
            <Table.Tr key={`${line.tenant} ${line.engine} ${line.priority}`}>
              {tenants && <Table.Td>{line.tenant}</Table.Td>}
              <Table.Td>{line.engine}</Table.Td>
              <Table.Td>{line.priority}</Table.Td>
              <Table.Td ta="end" className="tabular">{count(line.waiting)}</Table.Td>
              <Table.Td ta="end" className="tabular">{count(line.held)}</Table.Td>
              <Table.Td ta="end" className="tabular">{count(line.running)}</Table.Td>
              <Table.Td ta="end" className="tabular">{seconds(line.oldest_seconds)}</Table.Td>
              <Table.Td>{whyOf(line, queue, executors)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </SideScroll>
  );
}

function Tenants({ queue }: { readonly queue: QueueView }) {
  if (queue.tenants.length === 0) return null;
  return (
    <>
      <Title order={2} size="h4">Tenants</Title>
      <SideScroll label="Tenants" minWidth={620}>
        <Table aria-label="Tenants">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Tenant</Table.Th><Table.Th ta="end">Waiting</Table.Th><Table.Th ta="end">Running</Table.Th><Table.Th ta="end">At most</Table.Th>
              <Table.Th ta="end">Not due yet</Table.Th><Table.Th ta="end">To be retried</Table.Th><Table.Th ta="end">Queue full at</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {queue.tenants.map((tenant) => (
              <Table.Tr key={tenant.tenant}>
                <Table.Th scope="row" fw={500}>{tenant.tenant}</Table.Th>
                <Table.Td ta="end" className="tabular">{count(tenant.waiting)}</Table.Td>
                <Table.Td ta="end" className="tabular">{count(tenant.running)}</Table.Td>
                <Table.Td ta="end" className="tabular">{tenant.max_running === null ? "no cap" : count(tenant.max_running)}</Table.Td>
                <Table.Td ta="end" className="tabular">{count(tenant.scheduled)}</Table.Td>
                <Table.Td ta="end" className="tabular">{count(tenant.retry_pending)}</Table.Td>
                <Table.Td ta="end" className="tabular">{count(tenant.max_queued)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SideScroll>
    </>
  );
}
