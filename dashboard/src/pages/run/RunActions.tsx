import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { isOver, type EvaluationView } from "cloche";
import { useState } from "react";
import { evaluationKeys } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { LinkButton } from "~/app/links";
import { useKeys } from "~/keyboard/keys";
import { Trouble } from "~/notices/Trouble";
import { CopyRun } from "./CopyRun";

/** End it while it runs; change its submission and run it again at any time. */
export function RunActions({ view }: { readonly view: EvaluationView }) {
  const [asked, dialog] = useDisclosure(false);
  const over = isOver(view.status);
  useKeys([{ keys: "c", does: "Cancel the evaluation", run: () => !over && dialog.open() }]);
  return (
    <>
      {!over && (
        <Button color="red" variant="light" onClick={dialog.open} disabled={view.status === "cancelling"}>
          {view.status === "cancelling" ? "Cancel requested" : "Cancel"}
        </Button>
      )}
      <CopyRun id={view.id} />
      <LinkButton to="/submit" search={{ from: view.id }} variant="default">Edit and run again</LinkButton>
      <Modal opened={asked && !over} onClose={dialog.close} title="Cancel this evaluation?" closeButtonProps={{ "aria-label": "Close" }}>
        <Cancel id={view.id} onDone={dialog.close} />
      </Modal>
    </>
  );
}

function Cancel({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const cancel = useMutation({
    mutationFn: () => client.evaluations.cancel(id, { reason }),
    onSuccess: (view) => {
      queries.setQueryData(evaluationKeys.one(id), view);
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        cancel.mutate();
      }}
    >
      <Stack>
        <Text size="sm">Its program is killed. What it has written so far is kept.</Text>
        <TextInput label="Reason" description="Written down with it; may be left empty." maxLength={1024} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {cancel.isError && <Trouble error={cancel.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>Let it run</Button>
          <Button type="submit" color="red" loading={cancel.isPending}>Cancel it</Button>
        </Group>
      </Stack>
    </form>
  );
}
