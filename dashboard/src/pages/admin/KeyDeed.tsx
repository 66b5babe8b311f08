import { Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Client, KeyView } from "cloche";
import { useState } from "react";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { ShownOnce } from "./ShownOnce";

export type Deed = "rotate" | "previous" | "current" | "revoke";

const WORDS: { readonly [D in Deed]: readonly [does: string, means: string] } = {
  rotate: ["Rotate", "It gets another secret. The old one is good for a while longer, so that nobody is locked out."],
  previous: ["End the old secret", "Whoever still comes with it is refused from now on."],
  current: ["Take the rotation back", "The old secret is the only one again; the new one is refused from now on."],
  revoke: ["Revoke", "Nobody gets in with it from now on. This cannot be undone."],
};
const DAY_HOURS = 24;

/** Asks once more, does it, and shows what is told only once. */
export function KeyDeed({ view, deed, onDone }: { readonly view: KeyView; readonly deed: Deed; readonly onDone: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [hours, setHours] = useState<number | string>(DAY_HOURS);
  const act = useMutation({
    mutationFn: () => done(client, view.id, deed, Number(hours) * 3600),
    onSuccess: async (secret) => {
      if (secret === undefined) onDone();
      await queries.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  if (act.data !== undefined) return <ShownOnce apiKey={act.data} onDone={onDone} />;
  const [does, means] = WORDS[deed];
  return (
    <Stack>
      <Text size="sm">{means}</Text>
      {deed === "rotate" && <NumberInput label="Hours for which the old secret is good" min={0} value={hours} onChange={setHours} />}
      {act.isError && <Trouble error={act.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>Leave it</Button>
        <Button color={deed === "rotate" ? "teal" : "red"} loading={act.isPending} onClick={() => act.mutate()}>{does}</Button>
      </Group>
    </Stack>
  );
}

/** The new secret, if there is one. */
async function done(client: Client, id: string, deed: Deed, overlap: number): Promise<string | undefined> {
  if (deed === "rotate") return (await client.keys.rotate(id, { overlapSeconds: overlap })).api_key;
  await (deed === "revoke" ? client.keys.revoke(id) : client.keys.endSecret(id, deed));
  return undefined;
}
