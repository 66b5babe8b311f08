import { Button, Group, List, Modal, Progress, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { count } from "~/time/amounts";
import { each, type Tally } from "./each";

export interface Bulk {
  readonly title: string;
  /** What it does, so that nobody has to guess. */
  readonly about: string;
  readonly confirm: string;
  readonly dangerous?: boolean;
  readonly ids: readonly string[];
  readonly act: (id: string) => Promise<unknown>;
}

type State = { readonly kind: "asked" } | { readonly kind: "going"; readonly tried: number } | { readonly kind: "over"; readonly tally: Tally };

/** Asks before anything is done to many things, shows how far it is, and what was refused. */
export function BulkDialog({ bulk, onClose }: { readonly bulk: Bulk | undefined; readonly onClose: () => void }) {
  return (
    <Modal opened={bulk !== undefined} onClose={onClose} title={bulk?.title} closeButtonProps={{ "aria-label": "Close" }}>
      {bulk && <Asked bulk={bulk} onClose={onClose} />}
    </Modal>
  );
}

function Asked({ bulk, onClose }: { readonly bulk: Bulk; readonly onClose: () => void }) {
  const [state, setState] = useState<State>({ kind: "asked" });
  const leaving = useRef<AbortController>(undefined);
  // Closing ends what was not yet begun.
  useEffect(() => () => leaving.current?.abort(), []);
  const { ids } = bulk;
  const go = async () => {
    leaving.current = new AbortController();
    setState({ kind: "going", tried: 0 });
    const tally = await each(ids, bulk.act, (tried) => setState({ kind: "going", tried }), leaving.current.signal);
    setState({ kind: "over", tally });
  };
  if (state.kind === "over") return <Over tally={state.tally} onClose={onClose} />;
  return (
    <Stack>
      <Text size="sm">{bulk.about}</Text>
      {state.kind === "going" && (
        <Progress value={(100 * state.tried) / ids.length} aria-label={`${state.tried} of ${ids.length} tried`} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{state.kind === "going" ? "Stop" : "Leave them"}</Button>
        <Button {...(bulk.dangerous && { color: "red" })} loading={state.kind === "going"} onClick={() => void go()} data-autofocus>
          {bulk.confirm}
        </Button>
      </Group>
    </Stack>
  );
}

const SHOWN = 5;

function Over({ tally, onClose }: { readonly tally: Tally; readonly onClose: () => void }) {
  const { done, refused } = tally;
  return (
    <Stack>
      <Text size="sm" role="status">Done: {count(done)}. {refused.length > 0 && `Refused: ${count(refused.length)}.`}</Text>
      {refused.length > 0 && (
        <List size="sm">
          {refused.slice(0, SHOWN).map(({ id, error }) => (
            <List.Item key={id}>{id}: {error instanceof Error ? error.message : String(error)}</List.Item>
          ))}
          {refused.length > SHOWN && <List.Item>and {count(refused.length - SHOWN)} more</List.Item>}
        </List>
      )}
      <Group justify="flex-end"><Button onClick={onClose} data-autofocus>Close</Button></Group>
    </Stack>
  );
}
