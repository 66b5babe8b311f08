import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { BatchView } from "cloche";
import { useState } from "react";
import { batchKeys } from "~/api/batches";
import { useClient } from "~/api/system";
import { Confirm, type Question } from "~/notices/Confirm";
import { count } from "~/time/amounts";
import type { Progress } from "./states";

/** Cancel what goes on; run again what failed, or all of it. */
export function BatchActions({ batch, progress }: { readonly batch: BatchView; readonly progress: Progress }) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [question, setQuestion] = useState<Question>();
  const open = batch.size - progress.over;
  const again = (only: "failed" | "all") => async () => {
    const { id } = await client.batches.rerun(batch.id, { only });
    await navigate({ to: "/batches/$id", params: { id } });
  };
  return (
    <>
      {open > 0 && (
        <Button
          color="red" variant="light"
          onClick={() => setQuestion({
            title: `Cancel the ${count(open)} that are not over?`, confirm: "Cancel them", refrain: "Let them run", dangerous: true,
            about: "Their programs are killed; what they have written so far is kept.",
            act: async () => {
              await client.batches.cancel(batch.id, { reason: "cancelled in the dashboard" });
              await queries.invalidateQueries({ queryKey: batchKeys.one(batch.id) });
            },
          })}
        >
          Cancel the rest
        </Button>
      )}
      {progress.failed > 0 && (
        <Button
          onClick={() => setQuestion({
            title: `Run the ${count(progress.failed)} that failed again?`, confirm: "Run them again",
            about: "They become a new batch. This one stays as it is.", act: again("failed"),
          })}
        >
          Run what failed again
        </Button>
      )}
      {open === 0 && (
        <Button
          variant="default"
          onClick={() => setQuestion({
            title: `Run all ${count(batch.size)} again?`, confirm: "Run all again",
            about: "They become a new batch. This one stays as it is.", act: again("all"),
          })}
        >
          Run all again
        </Button>
      )}
      <Confirm question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}
