import { Button, CopyButton, Group, Stack, Text } from "@mantine/core";
import type { EvaluationView, FeedEvent } from "cloche";
import { duration } from "~/time/format";
import { useNow } from "~/time/use-now";
import { spansOf } from "./spans";
import classes from "./trace.module.css";

/** Where its time went, told by its events alone. */
export function TraceTab({ view, events }: { readonly view: EvaluationView; readonly events: readonly FeedEvent[] }) {
  const now = useNow(view.completed_at === null);
  const spans = spansOf(events, now);
  const first = spans[0];
  if (first === undefined) return <Text c="dimmed">…</Text>;
  const begun = first.begun;
  const whole = Math.max(1, ...spans.map((span) => span.ended - begun));
  return (
    <Stack gap="sm">
      <div role="table" aria-label="Spans" className={classes["waterfall"]}>
        {spans.map((span) => (
          <div role="row" key={span.key} className={classes["span"]}>
            <span role="rowheader" className={classes["name"]} style={{ paddingInlineStart: `${span.depth}rem` }}>{span.name}</span>
            <span role="cell" className={classes["track"]}>
              <span
                className={classes["bar"]}
                data-kind={span.kind}
                data-open={span.open ? "" : undefined}
                title={span.detail}
                style={{
                  insetInlineStart: `${((span.begun - begun) / whole) * 100}%`,
                  width: `max(2px, ${((span.ended - span.begun) / whole) * 100}%)`,
                }}
              />
            </span>
            <span role="cell" className={classes["length"]}>{duration(span.ended - span.begun)}{span.open && " …"}</span>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed">These spans are made of its events, so they are there without a collector and for as long as the events are.</Text>
      {view.trace_id && (
        <Group gap="xs">
          <Text size="sm">Trace <Text span ff="monospace" size="sm">{view.trace_id}</Text></Text>
          <CopyButton value={view.trace_id}>
            {({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "copied" : "Copy"}</Button>}
          </CopyButton>
        </Group>
      )}
    </Stack>
  );
}
