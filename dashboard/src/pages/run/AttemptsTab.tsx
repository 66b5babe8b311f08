import { Badge, Table, Text } from "@mantine/core";
import type { AttemptView, EvaluationView } from "cloche";
import { StatusBadge } from "~/status/StatusBadge";
import { SideScroll } from "~/table/SideScroll";
import { Ago, Took } from "~/time/Times";

/** Every attempt: where it ran, and how it ended. */
export function AttemptsTab({ view }: { readonly view: EvaluationView }) {
  if (view.attempts.length === 0) return <Text c="dimmed">No attempt was queued yet.</Text>;
  return (
    <SideScroll label="Attempts" minWidth={680}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>#</Table.Th><Table.Th>Ended</Table.Th><Table.Th>Executor</Table.Th><Table.Th>Queued</Table.Th>
            <Table.Th>Waited</Table.Th><Table.Th>Ran</Table.Th><Table.Th>Why</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {view.attempts.map((attempt) => (
            <Table.Tr key={attempt.number}>
              <Table.Td>{attempt.number}</Table.Td>
              <Table.Td><End attempt={attempt} /></Table.Td>
              <Table.Td>{attempt.executor ?? "–"} {attempt.engine && <Text span size="xs" c="dimmed">{attempt.engine}</Text>}</Table.Td>
              <Table.Td><Ago at={attempt.queued_at} /></Table.Td>
              <Table.Td><Took from={attempt.queued_at} to={attempt.started_at ?? attempt.ended_at} /></Table.Td>
              <Table.Td><Took from={attempt.started_at} to={attempt.ended_at} /></Table.Td>
              <Table.Td>{[attempt.reason, attempt.domain, attempt.detail].filter(Boolean).join(" · ") || "–"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </SideScroll>
  );
}

function End({ attempt }: { readonly attempt: AttemptView }) {
  if (attempt.outcome) return <StatusBadge status="completed" outcome={attempt.outcome} size="sm" />;
  if (attempt.reason) return <Badge color="yellow" variant="light" tt="none" radius="sm">lost</Badge>;
  return <StatusBadge status={attempt.started_at ? "running" : "queued"} size="sm" />;
}
