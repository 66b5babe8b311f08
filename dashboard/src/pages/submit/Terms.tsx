import { Accordion, Group, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ApiError } from "cloche";
import { count } from "~/time/amounts";
import { sizeOf, Unclear, type Draft, type LimitName } from "./draft";
import { Pairs } from "./Pairs";

const LIMITS: readonly { readonly name: LimitName; readonly label: string; readonly example: string }[] = [
  { name: "wall_seconds", label: "Time, s", example: "60" },
  { name: "cpu_seconds", label: "CPU time, s", example: "60" },
  { name: "memory_bytes", label: "Memory", example: "256 MiB" },
  { name: "cpus", label: "Processors", example: "1" },
  { name: "pids", label: "Processes", example: "64" },
  { name: "output_bytes", label: "Output kept", example: "16 MiB" },
  { name: "scratch_bytes", label: "Scratch space", example: "64 MiB" },
  { name: "artifact_bytes", label: "Files that come back", example: "16 MiB" },
];

interface Part {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
}

/** How it is to be run. What the server refused is shown at its field. */
export function Terms({ draft, change, error, images }: Part & { readonly error: unknown; readonly images: readonly string[] }) {
  return (
    <Accordion multiple defaultValue={["input", "many"]} variant="separated" chevronPosition="left">
      <Accordion.Item value="input">
        <Accordion.Control>Input{summary([draft.stdin && "stdin", draft.argv && "arguments", draft.env.length > 0 && "environment"])}</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="sm">
            <Textarea label="Standard input" autosize minRows={2} maxRows={10} ff="monospace" value={draft.stdin} error={wrong(error, "/stdin")} onChange={(event) => change({ stdin: event.currentTarget.value })} />
            <Textarea label="Arguments" description="One a line" autosize minRows={1} maxRows={8} value={draft.argv} error={wrong(error, "/argv")} onChange={(event) => change({ argv: event.currentTarget.value })} />
            <Pairs title="Environment" about="The server says which names it takes" pairs={draft.env} onChange={(env) => change({ env })} />
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="limits">
        <Accordion.Control>Limits{summary(Object.entries(draft.limits).map(([name, text]) => text && name))}</Accordion.Control>
        <Accordion.Panel>
          <SimpleGrid cols={{ base: 2, sm: 2 }} spacing="xs">
            {LIMITS.map(({ name, label, example }) => (
              <TextInput key={name} size="xs" label={label} placeholder={example} value={draft.limits[name] ?? ""} error={wrong(error, `/limits/${name}`)} onChange={(event) => change({ limits: { ...draft.limits, [name]: event.currentTarget.value } })} />
            ))}
          </SimpleGrid>
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="where">
        <Accordion.Control>Where and how{summary([draft.engine !== "auto" && draft.engine, draft.priority !== "normal" && `${draft.priority} priority`, draft.labels.length > 0 && "labels"])}</Accordion.Control>
        <Accordion.Panel>
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs">
              <Select size="xs" label="Sandbox engine" data={["auto", "gvisor", "docker", "bubblewrap"]} allowDeselect={false} value={draft.engine} error={wrong(error, "/engine")} onChange={(engine) => engine && change({ engine })} />
              <Select size="xs" label="At least as strong as" data={[{ value: "", label: "any" }, "gvisor", "docker", "bubblewrap"]} allowDeselect={false} value={draft.require} error={wrong(error, "/require")} onChange={(require) => require !== null && change({ require })} />
              <Select size="xs" label="Image" placeholder="the language's own" data={images} clearable value={draft.image || null} error={wrong(error, "/image")} onChange={(image) => change({ image: image ?? "" })} />
              <TextInput size="xs" label="Attempts" placeholder="3" inputMode="numeric" value={draft.attempts} error={wrong(error, "/retry/attempts")} onChange={(event) => change({ attempts: event.currentTarget.value })} />
            </SimpleGrid>
            <div>
              <Text size="xs" fw={500} mb={4} id="priority">Priority</Text>
              <SegmentedControl size="xs" aria-labelledby="priority" data={["low", "normal", "high"]} value={draft.priority} onChange={(priority) => change({ priority })} />
            </div>
            <Pairs title="Labels" about="Your own marks, to find it by" pairs={draft.labels} onChange={(labels) => change({ labels })} />
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="when">
        <Accordion.Control>When{summary([draft.when !== "now" && WHEN[draft.when]])}</Accordion.Control>
        <Accordion.Panel><Time draft={draft} change={change} error={error} /></Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="many">
        <Accordion.Control>How many{summary([draft.many !== "one" && `${count(sizeOf(draft) ?? 0)} evaluations`])}</Accordion.Control>
        <Accordion.Panel><Many draft={draft} change={change} error={error} /></Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

const WHEN = { now: "now", delay: "after a while", at: "at a time", cron: "again and again" } as const satisfies Record<Draft["when"], string>;

function Time({ draft, change, error }: Part & { readonly error: unknown }) {
  return (
    <Stack gap="sm">
      <SegmentedControl fullWidth size="xs" aria-label="When" orientation="horizontal" data={Object.entries(WHEN).map(([value, label]) => ({ value: value as Draft["when"], label }))} value={draft.when} onChange={(when) => change({ when })} />
      {draft.when === "delay" && <TextInput size="xs" label="Seconds from now" inputMode="numeric" value={draft.delay} error={wrong(error, "/delay_seconds")} onChange={(event) => change({ delay: event.currentTarget.value })} />}
      {draft.when === "at" && <TextInput size="xs" type="datetime-local" label="Not before" description="By your own clock" value={draft.at} error={wrong(error, "/run_at")} onChange={(event) => change({ at: event.currentTarget.value })} />}
      {draft.when === "cron" && (
        <SimpleGrid cols={2} spacing="xs">
          <TextInput size="xs" label="Cron" description="minute hour day month weekday" value={draft.cron} error={wrong(error, "/cron")} onChange={(event) => change({ cron: event.currentTarget.value })} />
          <TextInput size="xs" label="Time zone" description="of the IANA database" value={draft.timezone} error={wrong(error, "/timezone")} onChange={(event) => change({ timezone: event.currentTarget.value })} />
          <TextInput size="xs" label="Name of the schedule" value={draft.scheduleName} error={wrong(error, "/name")} onChange={(event) => change({ scheduleName: event.currentTarget.value })} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

const MANY = { one: "one", times: "n times", grid: "a grid", files: "each file" } as const satisfies Record<Draft["many"], string>;

function Many({ draft, change, error }: Part & { readonly error: unknown }) {
  return (
    <Stack gap="sm">
      <SegmentedControl fullWidth size="xs" aria-label="How many" data={Object.entries(MANY).map(([value, label]) => ({ value: value as Draft["many"], label }))} value={draft.many} onChange={(many) => change({ many })} />
      {draft.many === "times" && <NumberInput size="xs" label="Times" min={1} max={1000} value={draft.times} error={wrong(error, "/times")} onChange={(times) => change({ times: String(times) })} />}
      {draft.many === "grid" && (
        <Pairs title="Parameters" about="Every combination runs once; each is a variable of the environment, and {{NAME}} in arguments and input" lines pairs={draft.parameters} onChange={(parameters) => change({ parameters })} />
      )}
      {draft.many === "files" && <Text size="sm" c="dimmed">Each of the files is a program of its own. What stands in the editor is not sent.</Text>}
      {draft.many !== "one" && (
        <Group grow>
          <TextInput size="xs" label="Name of the batch" value={draft.batchName} error={wrong(error, "/name")} onChange={(event) => change({ batchName: event.currentTarget.value })} />
          <TextInput size="xs" label="At most at once" placeholder="as many as there is room for" inputMode="numeric" value={draft.concurrency} error={wrong(error, "/concurrency")} onChange={(event) => change({ concurrency: event.currentTarget.value })} />
        </Group>
      )}
    </Stack>
  );
}

/** What of an error is about this field, in a batch too. */
function wrong(error: unknown, field: string): string | undefined {
  if (error instanceof Unclear) return error.field === field ? error.message : undefined;
  if (!(error instanceof ApiError)) return undefined;
  return error.problem.errors?.find(({ pointer }) => pointer === field || pointer.endsWith(field) || pointer.startsWith(`${field}/`))?.detail;
}

function summary(words: readonly (string | false | undefined)[]) {
  const said = words.filter(Boolean).join(", ");
  return said !== "" && <Text span size="xs" c="dimmed" ml={8}>{said}</Text>;
}
