import { Badge, Box, Button, Code, Group, Slider, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { FeedEvent } from "cloche";
import { useState } from "react";
import { folded } from "~/fold/evaluation";
import { useKeys } from "~/keyboard/keys";
import { offer } from "~/output/download";
import { StatusBadge } from "~/status/StatusBadge";
import { reasonOf } from "~/status/words";
import { duration, local, utc } from "~/time/format";
import classes from "./events.module.css";
import type { RunState } from "./run-feed";
import { summaryOf } from "./summary";

/** Everything that happened, in order, and what the evaluation was at any of it. */
export function EventsTab({ id, state }: { readonly id: string; readonly state: RunState }) {
  const { events } = state;
  // undefined: at the newest, which moves on.
  const [chosen, setChosen] = useState<number>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const last = events.length - 1;
  const at = Math.min(chosen ?? last, last);
  const choose = (place: number) => setChosen(place >= last ? undefined : Math.max(0, place));
  useKeys([
    { keys: "j", does: "Next event", run: () => choose(at + 1) },
    { keys: "k", does: "Event before", run: () => choose(at - 1) },
  ]);
  if (events.length === 0) return <Text c="dimmed">{state.complete ? "There are no events." : "…"}</Text>;
  const begun = Date.parse(events[0]?.envelope.time ?? "");
  return (
    <Stack>
      <Box>
        <Group justify="space-between" align="flex-start">
          <Text size="sm" fw={600} id="past">State {chosen === undefined ? "now" : `after event ${at + 1} of ${events.length}`}</Text>
          <Button size="compact-xs" variant="default" onClick={() => download(id, events)}>Download JSON</Button>
        </Group>
        {last > 0 && (
          <Slider
            my="sm"
            min={0}
            max={last}
            value={at}
            onChange={choose}
            label={(place) => `${place + 1}: ${events[place]?.name ?? ""}`}
            thumbProps={{ "aria-labelledby": "past" }}
            marks={events.length <= 40 ? events.map((_, place) => ({ value: place })) : []}
          />
        )}
        <Past events={events.slice(0, at + 1)} />
      </Box>
      <ol className={classes["events"]}>
        {events.map((event, place) => (
          <Row
            key={event.cursor}
            event={event}
            begun={begun}
            before={Date.parse(events[place - 1]?.envelope.time ?? event.envelope.time)}
            here={place === at}
            open={open.has(event.cursor)}
            onChoose={() => choose(place)}
            onOpen={() => {
              const next = new Set(open);
              if (!next.delete(event.cursor)) next.add(event.cursor);
              setOpen(next);
            }}
          />
        ))}
      </ol>
    </Stack>
  );
}

/** The evaluation as these events leave it: folded here, as the projector does it. */
function Past({ events }: { readonly events: readonly FeedEvent[] }) {
  const view = folded(events);
  if (view === undefined) return null;
  const facts: readonly [string, string][] = [
    ["attempt", view.attempt > 0 ? `${view.attempt} of ${view.max_attempts}` : ""],
    ["executor", view.executor ?? ""],
    ["engine", view.engine ?? `asked for: ${view.engine_requested}`],
    ["exit code", view.exit_code === null ? "" : String(view.exit_code)],
    ["why", reasonOf(view)],
    ["files", view.artifact_count > 0 ? String(view.artifact_count) : ""],
    ["archived", view.archived.map((one) => one.stream).join(", ")],
  ];
  return (
    <Group gap="md" style={{ rowGap: 4 }}>
      <StatusBadge status={view.status} outcome={view.outcome} />
      {facts.filter(([, value]) => value !== "").map(([name, value]) => (
        <Text size="sm" key={name}><Text span c="dimmed" size="sm">{name}</Text> {value}</Text>
      ))}
    </Group>
  );
}

function Row({ event, begun, before, here, open, onChoose, onOpen }: {
  readonly event: FeedEvent;
  readonly begun: number;
  readonly before: number;
  readonly here: boolean;
  readonly open: boolean;
  readonly onChoose: () => void;
  readonly onOpen: () => void;
}) {
  const at = Date.parse(event.envelope.time);
  return (
    <li className={classes["event"]} data-here={here ? "" : undefined}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <button type="button" className={classes["moment"]} onClick={onChoose} aria-pressed={here}>
          <time dateTime={utc(at)} title={utc(at)}>{local(at).slice(11)}</time>
          <span>+{duration(at - begun)}</span>
          <VisuallyHidden>state after {event.name}</VisuallyHidden>
        </button>
        <Box flex={1} miw={0}>
          <Group gap="xs">
            <Badge variant="light" color={COLOURS[event.name]} tt="none" radius="sm">{event.name === "unknown" ? event.envelope.type : event.name}</Badge>
            {at - before > 0 && <Text size="xs" c="dimmed">{duration(at - before)} later</Text>}
            <Text size="xs" c="dimmed">{event.envelope.source}</Text>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={onOpen} aria-expanded={open}>{open ? "Hide JSON" : "JSON"}</Button>
          </Group>
          <Text size="sm" className={classes["summary"]}>{summaryOf(event)}</Text>
          {open && <Code block className={classes["json"]} tabIndex={0}>{JSON.stringify(event.envelope, null, 2)}</Code>}
        </Box>
      </Group>
    </li>
  );
}

const COLOURS: { readonly [N in FeedEvent["name"]]: string } = {
  scheduled: "gray", queued: "gray", started: "blue", "output-chunk": "gray", "case-completed": "cyan", "attempt-failed": "yellow",
  "cancel-requested": "orange", completed: "teal", "dead-lettered": "grape", "output-archived": "gray", unknown: "gray",
};

function download(id: string, events: readonly FeedEvent[]): void {
  const text = JSON.stringify(events.map((event) => event.envelope), null, 2);
  offer(new TextEncoder().encode(text), `${id}.events.json`);
}
