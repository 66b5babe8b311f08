import { Button, Code, Drawer, Group, ScrollArea, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { letterQuery } from "~/api/dead-letters";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import type { Question } from "~/notices/Confirm";
import { Trouble } from "~/notices/Trouble";
import { bytes, count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { payloadOf } from "./filters";

interface Acting {
  readonly operates: boolean;
  readonly onAsk: (question: Question) => void;
  /** The letter is gone. */
  readonly onDone: () => Promise<void>;
}

/** One letter with its payload, which is a stranger's: shown as text. */
export function LetterDrawer({ id, onClose, ...acting }: Acting & { readonly id: string | undefined; readonly onClose: () => void }) {
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" size="lg" title="Dead letter" closeButtonProps={{ "aria-label": "Close" }}>
      {id !== undefined && <Letter id={id} {...acting} />}
    </Drawer>
  );
}

function Letter({ id, operates, onAsk, onDone }: Acting & { readonly id: string }) {
  const client = useClient();
  const navigate = useNavigate();
  const query = useQuery(letterQuery(client, id));
  if (query.data === undefined) return query.isError ? <Trouble error={query.error} retry={() => void query.refetch()} /> : <Skeleton height={160} aria-label="Loading" />;
  const letter = query.data;
  const payload = payloadOf(letter);
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Reason", <>{letter.reason}{letter.detail && `: ${letter.detail}`}</>],
    ["Given up by", `${letter.handler}, after ${count(letter.deliveries)} tries`],
    ["Evaluation", letter.evaluation ? <LinkAnchor to="/evaluations/$id" params={{ id: letter.evaluation }} size="sm">{letter.evaluation}</LinkAnchor> : "none"],
    ["On the log", <>{letter.subject}, {letter.sequence}, <Ago at={letter.time} /></>],
    ["Put aside", <Ago at={letter.parked_at} />],
  ];
  return (
    <Stack>
      <Table aria-label="About the letter">
        <Table.Tbody>
          {facts.map(([name, value]) => <Table.Tr key={name}><Table.Th scope="row" fw={500}>{name}</Table.Th><Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td></Table.Tr>)}
        </Table.Tbody>
      </Table>
      {operates && (
        <Group>
          <Button onClick={() => onAsk({
            title: "Run it again?", confirm: "Run it again", about: "What it carries is submitted as a new evaluation, and the letter is gone.",
            act: async () => {
              const { evaluation } = await client.deadLetters.requeue(id);
              await onDone();
              await navigate({ to: "/evaluations/$id", params: { id: evaluation } });
            },
          })}>Run again</Button>
          <Button color="red" variant="light" onClick={() => onAsk({
            title: "Throw it away?", confirm: "Throw it away", dangerous: true, about: "The letter and its payload are gone for good.",
            act: async () => {
              await client.deadLetters.delete(id);
              await onDone();
            },
          })}>Throw away</Button>
        </Group>
      )}
      <Title order={3} size="h5">Payload, {bytes(letter.size)}</Title>
      {payload === "" ? <Text size="sm" c="dimmed">None was kept.</Text> : (
        <ScrollArea.Autosize mah="60dvh" viewportProps={{ tabIndex: 0, "aria-label": "Payload", role: "region" }}><Code block>{payload}</Code></ScrollArea.Autosize>
      )}
    </Stack>
  );
}
