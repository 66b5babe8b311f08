import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EvaluationView, QueuePlace } from "cloche";
import { placeQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { count } from "~/time/amounts";
import { Ago } from "~/time/Times";

const WHY: { readonly [R in NonNullable<QueuePlace["reason"]>]: string } = {
  backing_off: "It is tried again after a pause",
  batch_limit: "Its batch runs only so many at a time",
  no_executor: "No executor that could run it is there",
  no_free_slot: "All slots of the executors are taken",
  not_due: "It is not due yet",
  tenant_cap: "Its tenant runs as many as it may",
  turn: "It is others' turn first",
};

/** Why it does not run yet. */
export function Waiting({ view }: { readonly view: EvaluationView }) {
  const { data } = useQuery(placeQuery(useClient(), view.id, view.status !== "cancelling"));
  if (view.status === "cancelling") {
    return <Alert color="orange" title="Its end is asked for">It is cancelled when the executor says so.</Alert>;
  }
  const reason = data?.reason;
  if (!reason) return null;
  return (
    <Alert color="gray" title={WHY[reason]}>
      <Text size="sm">
        {data.detail}
        {data.ahead !== null && ` ${count(data.ahead)} of its own kind are before it.`}
        {(data.until ?? view.due_at) && <> It is due <Ago at={data.until ?? view.due_at} />.</>}
      </Text>
    </Alert>
  );
}
