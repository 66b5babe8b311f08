import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Trouble } from "./Trouble";

export interface Question {
  readonly title: string;
  /** What will happen, and what will not come back. */
  readonly about: ReactNode;
  readonly confirm: string;
  readonly refrain?: string;
  readonly dangerous?: boolean;
  readonly act: () => Promise<unknown>;
}

/** Asks before something is done, and stays with the reason if it is refused. */
export function Confirm({ question, onClose }: { readonly question: Question | undefined; readonly onClose: () => void }) {
  return (
    <Modal opened={question !== undefined} onClose={onClose} title={question?.title} closeButtonProps={{ "aria-label": "Close" }}>
      {question && <Asked question={question} onClose={onClose} />}
    </Modal>
  );
}

function Asked({ question, onClose }: { readonly question: Question; readonly onClose: () => void }) {
  const doing = useMutation({ mutationFn: question.act, onSuccess: onClose });
  return (
    <Stack>
      <Text size="sm" component="div">{question.about}</Text>
      {doing.isError && <Trouble error={doing.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{question.refrain ?? "Leave it"}</Button>
        <Button {...(question.dangerous && { color: "red" })} loading={doing.isPending} onClick={() => doing.mutate()} data-autofocus>
          {question.confirm}
        </Button>
      </Group>
    </Stack>
  );
}
