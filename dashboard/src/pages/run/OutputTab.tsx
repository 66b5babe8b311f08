import { Alert, Button, Code, Menu, Stack, Text } from "@mantine/core";
import { isOver, type EvaluationView, type OutputSummary } from "cloche";
import { useState } from "react";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { OutputViewer } from "~/output/OutputViewer";
import { bytes } from "~/time/amounts";
import { offer } from "~/output/download";
import type { RunState, Written } from "./run-feed";

const STREAMS = ["stdout", "stderr", "compiler"] as const;

export function OutputTab({ view, state }: { readonly view: EvaluationView; readonly state: RunState }) {
  const over = isOver(view.status);
  return (
    <Stack gap="xs">
      {state.expired.length > 0 && <Expired view={view} streams={state.expired} />}
      <OutputViewer
        // What was not complete when it was opened is followed; a store is another one after a reload.
        key={state.output.identity}
        store={state.output}
        live={!over || !state.complete}
        begun={view.started_at ? Date.parse(view.started_at) : undefined}
        actions={<Downloads view={view} />}
        empty={<Nothing over={over && state.complete} kept={state.expired.length === 0 && state.error === undefined} />}
      />
      {STREAMS.map((stream) => <Dropped key={stream} stream={stream} summary={view[stream]} />)}
    </Stack>
  );
}

function Nothing({ over, kept }: { readonly over: boolean; readonly kept: boolean }) {
  if (!over) return <Text size="sm" c="dimmed">Nothing yet.</Text>;
  return <Text size="sm">{kept ? "It wrote nothing." : "There is nothing of it to show."}</Text>;
}

/** It wrote something, and that is gone: what is known of it stays. */
function Expired({ view, streams }: { readonly view: EvaluationView; readonly streams: readonly Written[] }) {
  return (
    <Alert color="yellow" title="What it wrote is no longer kept">
      <Text size="sm">It is older than its tenant keeps output. Its sizes and digests are part of the evaluation:</Text>
      {streams.map((stream) => (
        <Text size="sm" key={stream}>{stream}: {bytes(view[stream].total_bytes)}{view[stream].sha256 && <>, SHA-256 of what was recorded <Code>{view[stream].sha256}</Code></>}</Text>
      ))}
    </Alert>
  );
}

function Dropped({ stream, summary }: { readonly stream: string; readonly summary: OutputSummary }) {
  if (summary.dropped_bytes === 0) return null;
  return (
    <Text size="sm" c="dimmed">
      {stream} had {bytes(summary.total_bytes)}; {bytes(summary.total_bytes - summary.dropped_bytes)} are kept of it, its beginning and its end. {bytes(summary.dropped_bytes)} between them were dropped (<Code>output_bytes</Code>).
    </Text>
  );
}

function Downloads({ view }: { readonly view: EvaluationView }) {
  const client = useClient();
  const [error, setError] = useState<unknown>();
  const streams = STREAMS.filter((stream) => view[stream].total_bytes > 0);
  const download = async (stream: (typeof STREAMS)[number]) => {
    try {
      setError(undefined);
      offer(await client.outputs.read(view.id, { stream }), `${view.id}.${stream}.txt`);
    } catch (refusal) {
      setError(refusal);
    }
  };
  if (streams.length === 0) return null;
  return (
    <>
      <Menu>
        <Menu.Target><Button size="compact-sm" variant="default">Download</Button></Menu.Target>
        <Menu.Dropdown>
          {streams.map((stream) => (
            <Menu.Item key={stream} onClick={() => void download(stream)} rightSection={<Text size="xs" c="dimmed">{bytes(view[stream].total_bytes - view[stream].dropped_bytes)}</Text>}>
              {stream}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {error !== undefined && <Trouble error={error} />}
    </>
  );
}
