import { Anchor, Button, CopyButton, Group, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EvaluationView } from "cloche";
import { aboutQuery, timelineKey, timelineQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { useLiveQueries } from "~/live/use-live";
import { Trouble } from "~/notices/Trouble";
import { duration } from "~/time/format";
import { useNow } from "~/time/use-now";
import { rowsOf, traceAddress, type Row } from "./spans";
import classes from "./trace.module.css";

/** Where its time went, as the server makes it of the events on the log or in the archive; and the way to its trace. */
export function TraceTab({ view }: { readonly view: EvaluationView }) {
  const timeline = useQuery(timelineQuery(useClient(), view.id));
  useLiveQueries(timelineKey(view.id), (event) => event.envelope.subject === view.id);
  const goesOn = timeline.data?.spans.some((span) => !span.ended_at) ?? true;
  const rows = rowsOf(timeline.data?.spans ?? [], useNow(goesOn));
  return (
    <Stack gap="sm">
      {timeline.isError && <Trouble error={timeline.error} retry={() => void timeline.refetch()} />}
      {timeline.isPending && <Skeleton height={120} aria-label="Loading" />}
      {rows.length > 0 && <Waterfall rows={rows} />}
      {timeline.data && <Text size="xs" c="dimmed">These spans are made of its events, so they are there without a collector and for as long as the events are.</Text>}
      <Trace id={timeline.data?.trace_id ?? view.trace_id} />
    </Stack>
  );
}

function Waterfall({ rows }: { readonly rows: readonly Row[] }) {
  const begun = Math.min(...rows.map((row) => row.begun));
  const whole = Math.max(1, ...rows.map((row) => row.ended - begun));
  return (
    <div role="table" aria-label="Spans" className={classes["waterfall"]}>
      {rows.map((row) => (
        <div role="row" key={row.id} className={classes["span"]}>
          <span role="rowheader" className={classes["name"]} style={{ paddingInlineStart: `${row.depth}rem` }} title={row.name}>
            {row.name}{row.end && <Text span inherit c="dimmed"> · {row.end}</Text>}
          </span>
          <span role="cell" className={classes["track"]}>
            <span
              className={classes["bar"]}
              data-kind={row.kind}
              data-open={row.open ? "" : undefined}
              data-failed={row.failed ? "" : undefined}
              title={row.facts.join("\n")}
              style={{
                insetInlineStart: `${((row.begun - begun) / whole) * 100}%`,
                width: `max(2px, ${((row.ended - row.begun) / whole) * 100}%)`,
              }}
            />
            <VisuallyHidden>begins after {duration(row.begun - begun)}; {row.facts.join("; ")}</VisuallyHidden>
          </span>
          <span role="cell" className={classes["length"]}>{duration(row.ended - row.begun)}{row.open && " …"}</span>
        </div>
      ))}
    </div>
  );
}

/** The id of its trace, and where that is shown if the system says where. */
function Trace({ id }: { readonly id: string | null }) {
  const about = useQuery(aboutQuery(useClient()));
  const address = traceAddress(about.data?.trace_url, id);
  if (!id) return null;
  return (
    <Group gap="xs">
      <Text size="sm">Trace <Text span ff="monospace" size="sm">{id}</Text></Text>
      <CopyButton value={id}>
        {({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "copied" : "Copy"}</Button>}
      </CopyButton>
      {address && <Anchor size="sm" href={address} target="_blank" rel="noreferrer" underline="always">Open the trace, with the spans that services recorded</Anchor>}
    </Group>
  );
}
