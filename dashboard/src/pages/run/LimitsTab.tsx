import { Alert, Badge, Group, Progress, Stack, Table, Text } from "@mantine/core";
import type { EvaluationView, Limits } from "cloche";
import { SideScroll } from "~/table/SideScroll";
import { bytes, count } from "~/time/amounts";
import { duration } from "~/time/format";

type Name = keyof Limits;

const SECOND = 1000;
const seconds = (value: number): string => duration(value * SECOND);
const ROWS: readonly { readonly name: Name; readonly word: string; readonly shown: (value: number) => string }[] = [
  { name: "wall_seconds", word: "Time", shown: seconds },
  { name: "cpu_seconds", word: "CPU time", shown: seconds },
  { name: "cpus", word: "Processors", shown: String },
  { name: "memory_bytes", word: "Memory", shown: bytes },
  { name: "pids", word: "Processes", shown: count },
  { name: "output_bytes", word: "Output kept, each stream", shown: bytes },
  { name: "scratch_bytes", word: "Scratch space", shown: bytes },
  { name: "scratch_inodes", word: "Files in scratch space", shown: count },
  { name: "file_bytes", word: "Size of a file", shown: bytes },
  { name: "open_files", word: "Open files", shown: count },
  { name: "artifact_files", word: "Files that come back", shown: count },
  { name: "artifact_bytes", word: "Size of those together", shown: bytes },
];

/** What was asked for, what was granted, and how much of it was used. */
export function LimitsTab({ view }: { readonly view: EvaluationView }) {
  return (
    <Stack gap="sm">
      {view.shortfalls.length > 0 && (
        <Alert color="yellow" title="Not every limit is enforced as it stands">{view.shortfalls.join(" · ")}</Alert>
      )}
      <SideScroll label="Limits" minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Limit</Table.Th><Table.Th ta="end">Asked for</Table.Th><Table.Th ta="end">Granted</Table.Th>
              <Table.Th ta="end">Used</Table.Th><Table.Th w="30%">Share</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ROWS.map(({ name, word, shown }) => {
              const [asked, granted, used] = [view.requested[name], view.limits[name], usedOf(name, view)];
              const share = used === undefined || granted === 0 ? undefined : (100 * used) / granted;
              return (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500}>
                    <Group gap="xs">
                      {word}
                      {view.reached.includes(name) && <Badge color="orange" size="sm" variant="light" tt="none">reached</Badge>}
                      {view.started_at !== null && !view.enforced.includes(name) && <Badge color="gray" size="sm" variant="light" tt="none">not enforced</Badge>}
                    </Group>
                  </Table.Th>
                  <Table.Td ta="end">{typeof asked === "number" ? shown(asked) : <Text span c="dimmed" size="sm">default</Text>}</Table.Td>
                  <Table.Td ta="end">{shown(granted)}</Table.Td>
                  <Table.Td ta="end">{used === undefined ? "–" : shown(used)}</Table.Td>
                  <Table.Td>{share !== undefined && <Progress value={Math.min(100, share)} color={share > 90 ? "orange" : "teal"} aria-label={`${word}: ${Math.round(share)} % used`} />}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </SideScroll>
      <Text size="sm" c="dimmed">
        {view.engine ? `${view.engine}${view.runtime ? ` (${view.runtime})` : ""}, image ${view.image || "none"}` : `Engine asked for: ${view.engine_requested}`}
        {view.usage?.start_seconds != null && `, sandbox ready in ${seconds(view.usage.start_seconds)}${view.usage.warm ? " (was waiting)" : ""}`}
      </Text>
    </Stack>
  );
}

function usedOf(name: Name, view: EvaluationView): number | undefined {
  const { usage } = view;
  switch (name) {
    case "wall_seconds":
      return usage?.wall_seconds;
    case "cpu_seconds":
      return usage?.cpu_seconds ?? undefined;
    case "memory_bytes":
      return usage?.peak_memory_bytes ?? undefined;
    case "output_bytes":
      return view.completed_at === null ? undefined : Math.max(view.stdout.total_bytes, view.stderr.total_bytes);
    case "artifact_files":
      return view.completed_at === null ? undefined : view.artifact_count;
    case "artifact_bytes":
      return view.completed_at === null ? undefined : view.artifact_bytes.total_bytes;
    default:
      return undefined;
  }
}
