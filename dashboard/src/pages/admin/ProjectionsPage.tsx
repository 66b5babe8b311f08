import { Alert, Button, Code, Group, Modal, Paper, Progress, Select, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ProjectionView, SwapWhen } from "cloche";
import { useState } from "react";
import { projectionsQuery } from "~/api/platform";
import { useClient } from "~/api/system";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { SideScroll } from "~/table/SideScroll";
import { count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { possible, type ProjectionDeed } from "./deeds";

const SWAPS = [
  { value: "auto", label: "swap if nothing differs" },
  { value: "never", label: "only compare" },
  { value: "always", label: "swap whatever differs" },
] as const satisfies readonly { readonly value: SwapWhen; readonly label: string }[];

/** The rows that everybody reads, and how they are made anew. */
export function ProjectionsPage() {
  const list = useQuery(projectionsQuery(useClient()));
  return (
    <Page title="Projections" about="Rows that are made from the log. A rebuild makes them anew beside those that are read, compares, and swaps.">
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} aria-label="Loading" />}
      {list.data?.items.length === 0 && <EmptyState title="There are no projections">A projector makes its own when it starts: see whether it runs.</EmptyState>}
      {list.data?.items.map((one) => <Projection key={one.name} projection={one} />)}
    </Page>
  );
}

const WARNINGS: { readonly [D in ProjectionDeed]: string } = {
  rebuild: "Everybody goes on reading the present rows meanwhile.",
  swap: "Everybody reads the new rows from then on. The present ones are kept for a rollback.",
  rollback: "Everybody reads the rows from before the last swap again.",
  abort: "What has been made so far is thrown away.",
};

function Projection({ projection }: { readonly projection: ProjectionView }) {
  const client = useClient();
  const queries = useQueryClient();
  const [asked, dialog] = useDisclosure(false);
  const [deed, setDeed] = useState<ProjectionDeed>("rebuild");
  const [swap, setSwap] = useState<SwapWhen>("auto");
  const { name } = projection;
  const act = useMutation({
    mutationFn: () => (deed === "rebuild" ? client.projections.rebuild(name, { swap }) : client.projections[deed](name)),
    onSuccess: async () => {
      dialog.close();
      await queries.invalidateQueries({ queryKey: ["projections"] });
    },
  });
  const ask = (wanted: ProjectionDeed) => {
    act.reset();
    setDeed(wanted);
    dialog.open();
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">{name}</Title>
          <Group gap="xs">
            {possible(projection).map((one) => <Button key={one} size="compact-sm" variant="default" onClick={() => ask(one)}>{WORDS[one]}</Button>)}
          </Group>
        </Group>
        <Text size="sm">
          {projection.state}{projection.request && `, asked for: ${projection.request}`} · version {projection.version} · up to event {count(projection.sequence)}
          {!projection.complete && " · not complete"} · begun <Ago at={projection.started_at} /> · finished <Ago at={projection.finished_at} />
        </Text>
        {projection.progress !== null && projection.target !== null && projection.target > 0 && (
          <Progress value={Math.min(100, (projection.progress / projection.target) * 100)} aria-label={`Made up to event ${count(projection.progress)} of ${count(projection.target)}`} />
        )}
        {projection.error !== "" && <Trouble title="It has failed" error={new Error(projection.error)} />}
        {projection.differences && <Difference differences={projection.differences} />}
      </Stack>
      <Modal opened={asked} onClose={dialog.close} title={`${WORDS[deed]} ${name}?`} closeButtonProps={{ "aria-label": "Close" }}>
        <Stack>
          <Text size="sm">{WARNINGS[deed]}</Text>
          {deed === "rebuild" && <Select label="Afterwards" data={SWAPS} value={swap} allowDeselect={false} onChange={(value) => setSwap(SWAPS.find((one) => one.value === value)?.value ?? "auto")} />}
          {act.isError && <Trouble error={act.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>Leave it</Button>
            <Button loading={act.isPending} onClick={() => act.mutate()}>{WORDS[deed]}</Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}

const WORDS: { readonly [D in ProjectionDeed]: string } = { rebuild: "Rebuild", swap: "Swap", rollback: "Roll back", abort: "Abort" };

function Difference({ differences }: { readonly differences: NonNullable<ProjectionView["differences"]> }) {
  if (differences.equal) return <Alert variant="light" color="teal" title="No row differs">Compared up to event {count(differences.sequence)}.</Alert>;
  return (
    <Stack gap="xs">
      <SideScroll label="What differs, table by table" minWidth={480}>
        <Table aria-label="What differs">
          <Table.Thead><Table.Tr>{["Table", "Rows now", "Rows made anew", "Only now", "Only anew", "Columns that differ"].map((one) => <Table.Th key={one}>{one}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {differences.tables.map((one) => (
              <Table.Tr key={one.table}>
                <Table.Td>{one.table}</Table.Td>
                {[one.live, one.rebuilt, one.only_live, one.only_rebuilt].map((value, index) => <Table.Td key={index}>{count(value)}</Table.Td>)}
                <Table.Td>{one.columns.map((column) => `${column.column} in ${count(column.rows)}`).join(", ")}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SideScroll>
      {differences.examples.length > 0 && <Code block tabIndex={0}>{JSON.stringify(differences.examples, null, 2)}</Code>}
    </Stack>
  );
}
