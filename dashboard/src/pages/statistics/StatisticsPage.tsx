import { Anchor, Paper, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { Statistics } from "cloche";
import { lazy, Suspense, useMemo } from "react";
import { aboutQuery } from "~/api/evaluations";
import { statisticsQuery } from "~/api/platform";
import { useSystem } from "~/api/system";
import { LinkButton } from "~/app/links";
import { ReadLagNote } from "~/live/ReadLagNote";
import { useLiveQueries } from "~/live/use-live";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { duration, local } from "~/time/format";
import type { Line } from "./Chart";
import { historyOf, rangeOf, RANGES, stepMilliseconds, timesOf } from "./range";
import { Storage } from "./Storage";

const Chart = lazy(() => import("./Chart"));
const route = getRouteApi("/statistics");
const SECOND = 1000;

/** What ended, how it ended, how long it waited and ran, and what is kept of it. */
export function StatisticsPage() {
  const { client, clock } = useSystem();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const about = useQuery(aboutQuery(client));
  const report = useQuery(statisticsQuery(client, () => ({ since: timesOf(search, clock.now()).since, until: search.until }), search));
  useLiveQueries(["statistics"], (event) => event.name === "completed" || event.name === "dead-lettered");
  const own = search.since !== undefined ? "own" : undefined;
  return (
    <Page
      title="Statistics"
      about={report.data ? `${local(Date.parse(report.data.since)).slice(0, 16)} to ${local(Date.parse(report.data.until)).slice(0, 16)}, by ${report.data.step}` : undefined}
      actions={(
        <SegmentedControl
          aria-label="Range"
          size="xs"
          data={[...RANGES, ...(own ? [{ value: own, label: "as linked" }] : [])]}
          value={own ?? search.range ?? "1d"}
          onChange={(range) => void navigate({ search: rangeOf({ range }), replace: true })}
        />
      )}
    >
      {report.isError && <Trouble error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton height={240} aria-label="Loading" />}
      {report.data && <Report report={report.data} />}
      {report.data && <ReadLagNote path="/v1/statistics" />}
      {about.data && <Storage everybody={about.data.scopes.includes("admin")} />}
    </Page>
  );
}

function Report({ report }: { readonly report: Statistics }) {
  const { total } = report;
  if (total.ended === 0) {
    return (
      <EmptyState title="Nothing ended in this time" action={<LinkButton to="/submit">Submit a program</LinkButton>}>
        Evaluations are counted when they end. Choose a longer range, or run something.
      </EmptyState>
    );
  }
  const facts: readonly (readonly [name: string, value: string, more?: string])[] = [
    ["ended", count(total.ended)],
    ["a second", total.per_second.toFixed(2)],
    ["success rate", percent(total.success_rate)],
    ["given up", count(total.dead_lettered)],
    ["waited, median", half(total.queue), tail(total.queue)],
    ["ran, median", half(total.run), tail(total.run)],
  ];
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        {facts.map(([name, value, more]) => (
          <Paper withBorder p="sm" key={name}><Text size="xs" c="dimmed">{name}</Text><Text fw={600} className="tabular">{value}</Text>{more && <Text size="xs" c="dimmed" className="tabular">{more}</Text>}</Paper>
        ))}
      </SimpleGrid>
      <Charts report={report} />
      <Title order={2} size="h4">By language</Title>
      <Ends label="languages" rows={report.languages.map((one) => ({ name: one.language, href: historyOf(report.since, report.until, one.language), ended: one }))} />
      <Title order={2} size="h4">By time</Title>
      <Ends
        label="times"
        rows={report.buckets.filter((one) => one.ended > 0).toReversed().map((one) => ({ name: local(Date.parse(one.at)).slice(0, 16), href: bucketHistory(report, one.at), ended: one }))}
      />
    </Stack>
  );
}

function Charts({ report }: { readonly report: Statistics }) {
  const navigate = useNavigate();
  const times = useMemo(() => report.buckets.map((one) => Date.parse(one.at) / SECOND), [report]);
  const charts = useMemo(() => chartsOf(report), [report]);
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {charts.map((chart) => (
        <Paper withBorder p="sm" key={chart.title}>
          <Title order={2} size="h5">{chart.title}</Title>
          <Suspense fallback={<Skeleton height={220} />}>
            <Chart
              label={`${chart.title}. The numbers are in the table By time.`}
              times={times}
              lines={chart.lines}
              format={chart.format}
              onOpen={(index) => {
                const bucket = report.buckets[index];
                if (bucket) void navigate({ href: bucketHistory(report, bucket.at) });
              }}
            />
          </Suspense>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

type Ended = Statistics["total"];

interface ChartOf {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly lines: readonly Line[];
}

function chartsOf({ buckets }: Statistics): ChartOf[] {
  const lasting = (of: "queue" | "run"): Line[] => [
    { label: "p50", colour: "teal", values: buckets.map((one) => one[of].p50) },
    { label: "p95", colour: "orange", dash: [8, 4], values: buckets.map((one) => one[of].p95) },
    { label: "p99", colour: "red", dash: [2, 4], values: buckets.map((one) => one[of].p99) },
  ];
  return [
    { title: "Ended a second", format: (value: number) => String(Number(value.toPrecision(3))), lines: [{ label: "a second", colour: "blue", values: buckets.map((one) => one.per_second) }] },
    { title: "Success rate", format: percent, lines: [{ label: "succeeded", colour: "teal", values: buckets.map((one) => one.success_rate) }] },
    { title: "Time in the queue", format: seconds, lines: lasting("queue") },
    { title: "Time of running", format: seconds, lines: lasting("run") },
  ];
}

interface EndsRow {
  readonly name: string;
  readonly href: string;
  readonly ended: Ended;
}

function Ends({ label, rows }: { readonly label: string; readonly rows: readonly EndsRow[] }) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={label}
      columns={COLUMNS}
      rows={rows}
      rowId={(row) => row.name}
      onOpen={(row) => void navigate({ href: row.href })}
      height="22rem"
      empty={<Text c="dimmed">None ended.</Text>}
    />
  );
}

const COLUMNS: Column<EndsRow>[] = [
  { id: "name", header: "Which", cell: ({ row }) => <HistoryLink href={row.original.href} name={row.original.name} /> },
  { id: "ended", header: "Ended", meta: { end: true }, cell: ({ row }) => count(row.original.ended.ended) },
  { id: "rate", header: "Success rate", meta: { end: true }, cell: ({ row }) => percent(row.original.ended.success_rate) },
  { id: "queue", header: "Waited p50 · p95 · p99", meta: { end: true }, cell: ({ row }) => durations(row.original.ended.queue) },
  { id: "run", header: "Ran p50 · p95 · p99", meta: { end: true }, cell: ({ row }) => durations(row.original.ended.run) },
];

function HistoryLink({ href, name }: { readonly href: string; readonly name: string }) {
  const navigate = useNavigate();
  return (
    <Anchor
      size="sm"
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        void navigate({ href });
      }}
    >
      {name}
    </Anchor>
  );
}

function bucketHistory(report: Statistics, at: string): string {
  return historyOf(at, new Date(Date.parse(at) + stepMilliseconds(report.step)).toISOString());
}

function percent(rate: number | null): string {
  return rate === null ? "–" : `${(rate * 100).toFixed(1)} %`;
}

function seconds(value: number): string {
  return duration(value * SECOND);
}

function half({ p50 }: Ended["queue"]): string {
  return p50 === null ? "–" : seconds(p50);
}

function tail({ p95, p99 }: Ended["queue"]): string {
  return p95 === null || p99 === null ? "" : `95 %: ${seconds(p95)}, 99 %: ${seconds(p99)}`;
}

function durations({ p50, p95, p99 }: Ended["queue"]): string {
  return [p50, p95, p99].map((one) => (one === null ? "–" : seconds(one))).join(" · ");
}
