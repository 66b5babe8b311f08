import { ActionIcon, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { Pair } from "./draft";

/** Names with values: variables, labels, parameters. With `lines` each value is a list, one a line. */
export function Pairs({ title, about, pairs, onChange, lines = false }: {
  readonly title: string;
  readonly about: string;
  readonly pairs: readonly Pair[];
  readonly onChange: (pairs: readonly Pair[]) => void;
  readonly lines?: boolean;
}) {
  const set = (place: number, changes: Partial<Pair>) => onChange(pairs.map((pair, index) => (index === place ? { ...pair, ...changes } : pair)));
  const Value = lines ? Textarea : TextInput;
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <div>
          <Text size="sm" fw={500}>{title}</Text>
          <Text size="xs" c="dimmed">{about}</Text>
        </div>
        <Button size="compact-xs" variant="default" aria-label={`Add to ${title}`} onClick={() => onChange([...pairs, { name: "", value: "" }])}>Add</Button>
      </Group>
      {pairs.map((pair, place) => (
        <Group key={place} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput size="xs" flex={1} placeholder="NAME" aria-label={`${title}: name ${place + 1}`} value={pair.name} onChange={(event) => set(place, { name: event.currentTarget.value })} />
          <Value size="xs" flex={2} placeholder={lines ? "one value a line" : "value"} aria-label={`${title}: value ${place + 1}`} value={pair.value} {...(lines && { rows: 3 })} onChange={(event) => set(place, { value: event.currentTarget.value })} />
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${pair.name || `line ${place + 1}`}`} onClick={() => onChange(pairs.filter((_, index) => index !== place))}>×</ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
