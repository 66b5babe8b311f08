import { Alert, Group, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { draftOf, type Draft } from "./draft";

/** Brings what was submitted once into the draft: it lies in the first event of the evaluation. */
export function Former({ id, onDraft }: { readonly id: string; readonly onDraft: (draft: Draft) => void }) {
  const client = useClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["evaluations", "one", id, "submission"],
    queryFn: async ({ signal }) => {
      for await (const event of client.events.of(id, { signal })) {
        if (event.name !== "queued" && event.name !== "scheduled") break;
        if (event.data.spec) return draftOf(event.data.spec);
      }
      throw new Error("Its first event does not say what was submitted.");
    },
    staleTime: Infinity,
  });
  const found = useEffectEvent((draft: Draft) => onDraft(draft));
  useEffect(() => {
    if (data !== undefined) found(data);
  }, [data]);
  if (error !== null) return <Trouble error={error} title="What was submitted cannot be read" retry={() => void refetch()} />;
  return <Alert color="gray"><Group gap="sm"><Loader size="xs" /><Text size="sm">Reading what was submitted as {id.slice(0, 8)}…</Text></Group></Alert>;
}
