import { Alert, Group, List, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { PlatformHealth, ProjectionList } from "cloche";
import type { ReactNode } from "react";
import { aboutQuery } from "~/api/evaluations";
import { healthQuery } from "~/api/health";
import { projectionsQuery, usageQuery } from "~/api/platform";
import { queueQuery } from "~/api/queue";
import { readinessQuery, type Readiness } from "~/api/readiness";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { count, counted } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { PartBadge, PartTables } from "./PartTables";

/** Whether the platform is well, as far as this key may know. */
export function HealthPage() {
  const client = useClient();
  const about = useQuery(aboutQuery(client));
  const scopes = about.data?.scopes ?? [];
  const admin = scopes.includes("admin");
  const operates = scopes.includes("operate");
  const health = useQuery(healthQuery(client, operates));
  const ready = useQuery(readinessQuery());
  const projections = useQuery({ ...projectionsQuery(client), enabled: admin });
  const usage = useQuery({ ...usageQuery(client, admin), enabled: about.data !== undefined });
  const queue = useQuery({ ...queueQuery(client, operates), enabled: about.data !== undefined });
  return (
    <Page title="Platform health" about={health.data ? <>As of <Ago at={health.data.at} />, asked for anew every five seconds.</> : "Asked for anew every five seconds."}>
      {about.isError && <Trouble error={about.error} retry={() => void about.refetch()} />}
      {health.isError && <Trouble error={health.error} retry={() => void health.refetch()} />}
      {operates && health.isPending && <Skeleton height={60} aria-label="Loading" />}
      {health.data && <Verdict health={health.data} />}
      <Title order={2} size="h4">The gateway that answers</Title>
      {ready.isError && <Trouble error={ready.error} retry={() => void ready.refetch()} />}
      {ready.isPending && <Skeleton height={80} aria-label="Loading" />}
      {ready.data && <Gateway ready={ready.data} />}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Card title="Queue">
          {queue.isError && <Trouble error={queue.error} retry={() => void queue.refetch()} />}
          {queue.data && (
            <Text size="sm">
              {count(queue.data.lines.reduce((sum, line) => sum + line.waiting, 0))} wait, {count(queue.data.busy)} of {count(queue.data.slots)} slots
              of {counted(queue.data.executors, "executor")} are in use. <LinkAnchor size="sm" to="/queue" underline="always">Who waits, and why</LinkAnchor>
            </Text>
          )}
        </Card>
        <Card title="Storage">
          {usage.isError && <Trouble error={usage.error} retry={() => void usage.refetch()} />}
          {usage.data && (
            <Text size="sm">
              {usage.data.uncounted > 0 && `${counted(usage.data.uncounted, "event")} to be counted. `}
              {usage.data.objects_at ? <>Objects were counted <Ago at={usage.data.objects_at} />.</> : "Objects have not been counted yet."}{" "}
              <LinkAnchor size="sm" to="/statistics" underline="always">How much is kept</LinkAnchor>
            </Text>
          )}
        </Card>
      </SimpleGrid>
      {health.data && <PartTables health={health.data} />}
      {!operates && about.data && <Text size="sm" c="dimmed">Services, streams and consumers are shown to keys with the scope operate.</Text>}
      <Title order={2} size="h4">Projections</Title>
      {!admin && about.data && <Text size="sm" c="dimmed">Shown to keys with the scope admin.</Text>}
      {projections.isError && <Trouble error={projections.error} retry={() => void projections.refetch()} />}
      {projections.data && (
        <DataTable label="projections" columns={PROJECTIONS} rows={projections.data.items} rowId={(row) => row.name} empty={<Text c="dimmed">There are none.</Text>} />
      )}
    </Page>
  );
}

const VERDICTS: { readonly [S in PlatformHealth["status"]]: string } = {
  ok: "Everything is well",
  degraded: "Something is wrong",
  down: "Nothing can be accepted or queued",
};

/** What is wrong, a sentence for each thing, as the platform says it. */
function Verdict({ health }: { readonly health: PlatformHealth }) {
  const { status, problems } = health;
  if (status === "ok") return <Group role="status"><PartBadge status="ok" words={VERDICTS.ok} /></Group>;
  return (
    <Alert role="status" color={status === "down" ? "red" : "yellow"} title={VERDICTS[status]}>
      <List size="sm">{problems.map((one) => <List.Item key={one}>{one}</List.Item>)}</List>
    </Alert>
  );
}

function Gateway({ ready }: { readonly ready: Readiness }) {
  const checks = Object.entries(ready.checks);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <State well={ready.status === "ok"} words={`${ready.service} ${ready.status === "ok" ? "is ready" : "is not ready"}`} />
        <Text size="xs" c="dimmed">{ready.instance}</Text>
      </Group>
      {ready.alarm !== null && <Trouble title="Alarm" error={new Error(ready.alarm)} />}
      <ul aria-label="What it needs" style={{ display: "flex", flexWrap: "wrap", gap: 8, listStyle: "none", margin: 0, padding: 0 }}>
        {checks.map(([name, well]) => <li key={name}><State well={well} words={`${name} ${well ? "answers" : "does not answer"}`} /></li>)}
        {Object.entries(ready.breakers).map(([name, state]) => <li key={name}><State well={state === "closed"} words={`breaker ${name}: ${state}`} /></li>)}
      </ul>
      {checks.length === 0 && <Text size="sm" c="dimmed">It names no checks.</Text>}
    </Stack>
  );
}

function State({ well, words }: { readonly well: boolean; readonly words: string }) {
  return <PartBadge status={well ? "up" : "down"} words={words} />;
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return <Paper withBorder p="sm"><Title order={2} size="h5">{title}</Title>{children}</Paper>;
}

const PROJECTIONS: Column<ProjectionList["items"][number]>[] = [
  { id: "name", header: "Name", cell: ({ row }) => <LinkAnchor size="sm" to="/admin/projections">{row.original.name}</LinkAnchor> },
  { id: "state", header: "State", cell: ({ row }) => row.original.state },
  { id: "sequence", header: "Followed up to", meta: { end: true }, cell: ({ row }) => count(row.original.sequence) },
  { id: "complete", header: "Complete", cell: ({ row }) => (row.original.complete ? "yes" : "no") },
  { id: "error", header: "Error", cell: ({ row }) => row.original.error },
];
