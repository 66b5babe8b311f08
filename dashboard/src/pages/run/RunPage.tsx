import { Alert, Badge, Code, CopyButton, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ApiError, isOver, type EvaluationView } from "cloche";
import { lazy, Suspense } from "react";
import { evaluationQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { folded } from "~/fold/evaluation";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { StatusBadge } from "~/status/StatusBadge";
import { lookOf, reasonOf } from "~/status/words";
import { Ago, Took } from "~/time/Times";
import { AttemptsTab } from "./AttemptsTab";
import { EndNotice } from "./EndNotice";
import { FilesTab } from "./FilesTab";
import { LimitsTab } from "./LimitsTab";
import { OutputTab } from "./OutputTab";
import { RunActions } from "./RunActions";
import { useRunFeed } from "./run-feed";
import { isTab, TABS, type Tab } from "./tabs";
import { useTabIcon } from "./tab-icon";
import { Waiting } from "./Waiting";

const EventsTab = lazy(() => import("./EventsTab").then((module) => ({ default: module.EventsTab })));
const TraceTab = lazy(() => import("./TraceTab").then((module) => ({ default: module.TraceTab })));
const route = getRouteApi("/evaluations/$id");
// It is nobody's, or what stands in the address is no id at all.
const NOWHERE = new Set(["not_found", "invalid_id"]);

/** One evaluation: how it is, what it writes, and everything that happened to it. */
export function RunPage() {
  const { id } = route.useParams();
  const query = useQuery(evaluationQuery(useClient(), id));
  if (query.error instanceof ApiError && NOWHERE.has(query.error.code)) {
    return (
      <Page title="Not found">
        <EmptyState title="There is no such evaluation" action={<LinkAnchor to="/submit">Submit a program</LinkAnchor>}>
          <Code>{id}</Code> is not an evaluation of this key's tenant. It may be of another one, or was mistyped.
        </EmptyState>
      </Page>
    );
  }
  if (query.data === undefined) {
    return (
      <Page title={query.isError ? "Evaluation" : "…"}>
        {query.isError && <Trouble error={query.error} retry={() => void query.refetch()} />}
      </Page>
    );
  }
  // Another evaluation is another page: nothing of the one before stays.
  return <Run key={id} known={query.data} />;
}

function Run({ known }: { readonly known: EvaluationView }) {
  const state = useRunFeed(known);
  const { tab = "output" } = route.useSearch();
  const navigate = route.useNavigate();
  const own = folded(state.events);
  // Its own stream is ahead of the rows, or the rows of a stream that has just been opened.
  const view = own !== undefined && own.sequence >= known.sequence ? own : known;
  const look = lookOf(view.status, view.outcome);
  const over = isOver(view.status);
  useTabIcon(look);
  const name = view.name ?? view.id.slice(0, 8);
  const reason = reasonOf(view);
  return (
    <Page
      tab={`${look.sign} ${name}`}
      title={
        <Group gap="sm" component="span">
          <StatusBadge status={view.status} outcome={view.outcome} size="lg" />
          <span>{name}</span>
        </Group>
      }
      about={<Facts view={view} />}
      actions={<><EndNotice over={over} title={`${look.sign} ${name}`} body={reason || look.word} /><RunActions view={view} /></>}
    >
      {reason !== "" && (
        <Alert color={look.colour} variant="light" p="xs"><Text size="sm">{reason}</Text></Alert>
      )}
      {!over && view.status !== "running" && <Waiting view={view} />}
      {state.error !== undefined && <Trouble error={state.error} title="Not everything of it can be read" />}
      <Tabs
        value={tab}
        onChange={(value) => isTab(value) && void navigate({ search: value === "output" ? {} : { tab: value }, replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {TABS.map((one) => <Tabs.Tab key={one} value={one}>{WORDS[one]} {countOf(one, view, state.events.length)}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="output"><OutputTab view={view} state={state} /></Tabs.Panel>
        <Tabs.Panel value="events"><Suspense fallback={null}><EventsTab id={view.id} state={state} /></Suspense></Tabs.Panel>
        <Tabs.Panel value="attempts"><AttemptsTab view={view} /></Tabs.Panel>
        <Tabs.Panel value="limits"><LimitsTab view={view} /></Tabs.Panel>
        <Tabs.Panel value="files"><FilesTab view={view} /></Tabs.Panel>
        <Tabs.Panel value="trace"><Suspense fallback={null}><TraceTab view={view} /></Suspense></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

const WORDS: { readonly [T in Tab]: string } = {
  output: "Output", events: "Events", attempts: "Attempts", limits: "Limits", files: "Files", trace: "Trace",
};

function countOf(tab: Tab, view: EvaluationView, events: number) {
  const amount = tab === "events" ? events : tab === "attempts" ? view.attempts.length : tab === "files" ? view.artifact_count : 0;
  return amount > 0 && <Badge size="xs" variant="default" component="span">{amount}</Badge>;
}

/** What is worth knowing at a glance. Waiting and running are told apart. */
function Facts({ view }: { readonly view: EvaluationView }) {
  const ended = view.completed_at;
  return (
    <Stack gap={2} mt={4}>
      <Group gap="md" style={{ rowGap: 2 }}>
        <span>{view.language}{view.engine && ` in ${view.engine}`}</span>
        <span>submitted <Ago at={view.submitted_at} /></span>
        <span>waited <Took from={view.queued_at} to={view.started_at ?? ended} /></span>
        {view.started_at && <span>ran <Took from={view.started_at} to={ended} /></span>}
        {view.attempt > 1 && <span>attempt {view.attempt} of {view.max_attempts}</span>}
        {view.priority !== "normal" && <span>{view.priority} priority</span>}
        {view.rerun_of && <span>again of <LinkAnchor to="/evaluations/$id" params={{ id: view.rerun_of }} size="sm">{view.rerun_of.slice(0, 8)}</LinkAnchor></span>}
        {Object.entries(view.labels).map(([key, value]) => <Badge key={key} size="sm" variant="default" tt="none">{key}={value}</Badge>)}
      </Group>
      <CopyButton value={view.id}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" color="gray" px={0} onClick={copy} w="fit-content" ff="monospace" aria-label={`Copy the id ${view.id}`}>
            {copied ? "copied" : view.id}
          </Button>
        )}
      </CopyButton>
    </Stack>
  );
}
