import { Alert, Badge, Group, Progress, Stack, Table, Text } from "@mantine/core";
import type { ExecutorList } from "cloche";
import type { ExecutorState } from "~/api/queue";
import { EmptyState } from "~/notices/EmptyState";
import { SideScroll } from "~/table/SideScroll";
import { count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { versionsOf } from "./why";

/** Who runs programs: slots, engines, sandboxes that wait started ahead, versions. */
export function Executors({ list }: { readonly list: ExecutorList }) {
  if (list.items.length === 0) {
    return (
      <EmptyState title="No executor is there">
        What is submitted waits, safe on the log, until one starts. Executors that fall silent are forgotten after some seconds.
        <code> cloche status</code> says what runs on this machine.
      </EmptyState>
    );
  }
  const versions = versionsOf(list.items);
  return (
    <Stack gap="sm">
      {versions.length > 1 && (
        <Alert color="yellow" title="More than one version runs">{versions.map(([version, amount]) => `${version}: ${count(amount)}`).join(", ")}. That is so while a release is rolled out.</Alert>
      )}
      <SideScroll label="Executors" minWidth={760}>
        <Table aria-label="Executors">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Executor</Table.Th><Table.Th w={180}>Slots</Table.Th><Table.Th>Engines, and sandboxes that wait</Table.Th>
              <Table.Th>Takes</Table.Th><Table.Th>Version</Table.Th><Table.Th>Up since</Table.Th><Table.Th>Heard</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{list.items.map((one) => <Row key={one.executor} one={one} />)}</Table.Tbody>
        </Table>
      </SideScroll>
    </Stack>
  );
}

function Row({ one }: { readonly one: ExecutorState }) {
  const { slots, busy } = one;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {one.executor} {one.draining && <Badge color="yellow" variant="light" size="sm" tt="none">takes nothing more on</Badge>}
      </Table.Th>
      <Table.Td>
        <Text size="sm" className="tabular">{count(busy)} of {count(slots)} in use</Text>
        <Progress value={slots === 0 ? 0 : (100 * busy) / slots} aria-label={`Slots of ${one.executor} in use`} />
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          {one.engines.map((engine) => (
            <Badge key={engine.name} variant="light" color={engine.able ? "teal" : "red"} size="sm" tt="none" radius="sm" title={engine.strength}>
              {engine.able ? "✓" : "✗"} {engine.name}{engine.runtime && ` (${engine.runtime})`}{engine.able ? `, ${count(engine.warm)} warm` : ", does not answer"}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{one.takes.join(", ") || "nothing"}</Table.Td>
      <Table.Td>{one.version || "–"}</Table.Td>
      <Table.Td><Ago at={one.started_at} /></Table.Td>
      <Table.Td><Ago at={one.said_at} /></Table.Td>
    </Table.Tr>
  );
}
