import { Badge, Button, Collapse, Group, MultiSelect, Pill, Select, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { languagesQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { lookOf, OUTCOME_NAMES, STATUS_NAMES } from "~/status/words";
import { changed, chipsOf, ENGINES, filtersOf, type Filters } from "./filters";

const TYPING_MILLISECONDS = 300;
const STATUSES = STATUS_NAMES.map((value) => ({ value, label: lookOf(value, null).word }));
const OUTCOMES = OUTCOME_NAMES.map((value) => ({ value, label: lookOf("completed", value).word }));
const ORDERS = [
  { value: "created", label: "Newest first" },
  { value: "created asc", label: "Oldest first" },
  { value: "finished", label: "Last ended first" },
  { value: "finished asc", label: "First ended first" },
  { value: "duration", label: "Longest first" },
  { value: "duration asc", label: "Shortest first" },
];

export interface FilterBarProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

/** Search, order, and every filter; as chips too, which are taken away one by one. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const [opened, { toggle }] = useDisclosure(false);
  const chips = chipsOf(filters);
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        <SearchField filters={filters} onChange={onChange} />
        <Select
          label="Order"
          data={ORDERS}
          allowDeselect={false}
          w={170}
          value={`${filters.sort ?? "created"}${filters.order ? " asc" : ""}`}
          onChange={(value) => {
            const [sort, order] = (value ?? "created").split(" ");
            onChange(filtersOf({ ...filters, sort, order }));
          }}
        />
        <Button variant="default" onClick={toggle} aria-expanded={opened} aria-controls="filters">
          Filters {chips.length > 0 && <Badge ml={6} size="sm" circle>{chips.length}</Badge>}
        </Button>
      </Group>
      <Collapse expanded={opened} id="filters"><All filters={filters} onChange={onChange} /></Collapse>
      {chips.length > 0 && (
        <Group gap={6}>
          {chips.map(({ text, without }) => (
            <Pill key={text} withRemoveButton removeButtonProps={{ "aria-label": `Without ${text}`, "aria-hidden": false, tabIndex: 0 }} onRemove={() => onChange(without)}>{text}</Pill>
          ))}
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(filtersOf({ sort: filters.sort, order: filters.order }))}>Clear all</Button>
        </Group>
      )}
    </Stack>
  );
}

function SearchField({ filters, onChange }: FilterBarProps) {
  const { q = "" } = filters;
  // While somebody writes it is theirs; else it is what the address says, which others change too.
  const [typed, setTyped] = useState<string>();
  const send = useDebouncedCallback((text: string) => onChange(changed(filters, { q: text })), TYPING_MILLISECONDS);
  return (
    <TextInput
      type="search"
      label="Search"
      description='Words in code, output and labels; "a phrase", -not, or'
      flex="1 1 260px"
      value={typed ?? q}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        send(text);
      }}
      onBlur={() => {
        send.flush();
        setTyped(undefined);
      }}
    />
  );
}

function All({ filters, onChange }: FilterBarProps) {
  const languages = useQuery(languagesQuery(useClient()));
  const change = (changes: { readonly [K in keyof Filters]?: unknown }) => onChange(filtersOf({ ...filters, ...changes }));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm" py="xs">
      <MultiSelect label="Status" data={STATUSES} value={[...(filters.status ?? [])]} onChange={(status) => change({ status })} />
      <MultiSelect label="Outcome" data={OUTCOMES} value={[...(filters.outcome ?? [])]} onChange={(outcome) => change({ outcome })} />
      <MultiSelect label="Language" data={(languages.data?.items ?? []).map(({ name }) => name)} value={[...(filters.language ?? [])]} onChange={(language) => change({ language })} searchable />
      <MultiSelect label="Engine" data={ENGINES} value={[...(filters.engine ?? [])]} onChange={(engine) => change({ engine })} />
      <TagsInput label="Labels" description="key=value, or key; all must be there" value={[...(filters.label ?? [])]} onChange={(label) => change({ label })} />
      <TextInput label="Batch" description="Its id" key={`b${filters.batch ?? ""}`} defaultValue={filters.batch} onBlur={(event) => change({ batch: event.currentTarget.value })} />
      <TextInput label="Schedule" description="Its id" key={`s${filters.schedule ?? ""}`} defaultValue={filters.schedule} onBlur={(event) => change({ schedule: event.currentTarget.value })} />
      <Moment label="Submitted since" value={filters.since} onChange={(since) => change({ since })} />
      <Moment label="Submitted before" value={filters.until} onChange={(until) => change({ until })} />
    </SimpleGrid>
  );
}

const MINUTE = 60_000;

/** A time of the reader's zone; the address has it in UTC. */
function Moment({ label, value, onChange }: { readonly label: string; readonly value: string | undefined; readonly onChange: (value: string | undefined) => void }) {
  const at = value === undefined ? NaN : Date.parse(value);
  const shown = Number.isNaN(at) ? "" : new Date(at - new Date(at).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
  return (
    <TextInput
      type="datetime-local"
      label={label}
      description="In your own time zone"
      key={shown}
      defaultValue={shown}
      onBlur={({ currentTarget: { value: text } }) => {
        if (text !== shown) onChange(text === "" ? undefined : new Date(text).toISOString());
      }}
    />
  );
}
