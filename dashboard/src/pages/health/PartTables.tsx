import { Badge, Table, Text, Title } from "@mantine/core";
import type { PlatformHealth } from "cloche";
import type { ReactNode } from "react";
import { SideScroll } from "~/table/SideScroll";
import { bytes, count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { behind, lookOfPart, nameOfEdge, seconds, share, type Status } from "./parts";

/** Everything that a platform is made of, and how each part is. */
export function PartTables({ health }: { readonly health: PlatformHealth }) {
  return (
    <>
      <Parts title="Services" columns={["Service", "State", "Instance", "Version", "Heard"]}>
        {health.services.map((one) => (
          <Part key={`${one.service} ${one.instance}`} name={one.service} status={one.status} detail={one.detail}>
            <Table.Td>{one.instance || "–"}</Table.Td>
            <Table.Td>{one.version || "–"}</Table.Td>
            <Table.Td><Ago at={one.heard_at} /></Table.Td>
          </Part>
        ))}
      </Parts>
      <Parts title="What the gateway calls" columns={["Edge", "State", "Answered in", "Breaker"]}>
        {health.edges.map((one) => (
          <Part key={one.name} name={nameOfEdge(one.name)} status={one.status} detail={one.detail}>
            <Table.Td className="tabular">{seconds(one.latency_seconds)}</Table.Td>
            <Table.Td>{one.breaker?.replace("_", " ") ?? "–"}</Table.Td>
          </Part>
        ))}
      </Parts>
      <Parts title="Who reads the log of record" columns={["Reader", "State", "Read up to", "Behind"]}>
        {([["projector", health.projector], ["archiver", health.archiver]] as const).map(([name, reader]) => (
          <Part key={name} name={name} status={reader.status} detail={reader.detail}>
            <Table.Td className="tabular">{count(reader.sequence)}</Table.Td>
            <Table.Td>{behind(reader)}</Table.Td>
          </Part>
        ))}
      </Parts>
      <Parts title="Streams" columns={["Stream", "State", "Messages", "Size", "Replicas behind"]} empty="The log does not say.">
        {health.streams.map((one) => {
          const used = share(one);
          return (
            <Part key={one.name} name={one.name} status={one.status} detail={one.detail}>
              <Table.Td className="tabular">{count(one.messages)}</Table.Td>
              <Table.Td className="tabular">{bytes(one.bytes)}{used !== undefined && `, ${Math.round(used)} % of its room`}</Table.Td>
              <Table.Td className="tabular">{count(one.replicas_behind)} of {count(one.replicas)}</Table.Td>
            </Part>
          );
        })}
      </Parts>
      <Parts title="Consumers" columns={["Consumer", "State", "Stream", "To deliver", "Not acked", "Delivered again", "Lag"]} empty="The log does not say.">
        {health.consumers.map((one) => (
          <Part key={`${one.stream} ${one.name}`} name={one.name} status={one.status} detail={one.detail}>
            <Table.Td>{one.stream}</Table.Td>
            <Table.Td className="tabular">{count(one.pending)}</Table.Td>
            <Table.Td className="tabular">{count(one.unacked)}</Table.Td>
            <Table.Td className="tabular">{count(one.redelivered)}</Table.Td>
            <Table.Td className="tabular">{seconds(one.lag_seconds)}</Table.Td>
          </Part>
        ))}
      </Parts>
      <Parts title="Jobs of one gateway at a time" columns={["Job", "State"]} empty="The log does not say.">
        {health.jobs.map((one) => (
          <Table.Tr key={one.name}>
            <Table.Th scope="row" fw={500}>{one.name}</Table.Th>
            <Table.Td>{one.held ? "some gateway does it" : "no gateway does it at this moment"}</Table.Td>
          </Table.Tr>
        ))}
      </Parts>
    </>
  );
}

/** A state in words, with a sign beside its colour. */
export function PartBadge({ status, words }: { readonly status: Status; readonly words?: string }) {
  const look = lookOfPart(status);
  return (
    <Badge className="status-badge" variant="light" radius="sm" tt="none" color={look.colour} leftSection={<span aria-hidden="true">{look.sign}</span>}>
      {words ?? look.word}
    </Badge>
  );
}

function Parts({ title, columns, empty = "There are none.", children }: {
  readonly title: string;
  readonly columns: readonly string[];
  readonly empty?: string;
  readonly children: readonly ReactNode[];
}) {
  return (
    <>
      <Title order={2} size="h4">{title}</Title>
      {children.length === 0 ? <Text size="sm" c="dimmed">{empty}</Text> : (
        <SideScroll label={title} minWidth={120 * columns.length}>
          <Table aria-label={title}>
            <Table.Thead><Table.Tr>{columns.map((name) => <Table.Th key={name}>{name}</Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>{children}</Table.Tbody>
          </Table>
        </SideScroll>
      )}
    </>
  );
}

function Part({ name, status, detail, children }: {
  readonly name: string;
  readonly status: Status;
  readonly detail: string;
  readonly children: ReactNode;
}) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>{name}</Table.Th>
      <Table.Td><PartBadge status={status} />{detail && <Text size="xs" c="dimmed">{detail}</Text>}</Table.Td>
      {children}
    </Table.Tr>
  );
}
