// Why what is queued does not run yet, as far as the queue and the executors tell it of a whole line.

import type { QueuePlace } from "cloche";
import type { ExecutorState, QueueLine } from "~/api/queue";

/** What to say of a line; empty where nothing waits. `executors` is undefined for those who may not see them. */
export function whyOf(
  line: Pick<QueueLine, "waiting" | "held" | "engine">,
  queue: { readonly slots: number; readonly busy: number; readonly executors: number },
  executors: readonly ExecutorState[] | undefined,
): string {
  const { waiting, held, engine } = line;
  if (waiting === 0) return "";
  if (queue.executors === 0) return "no executor is there";
  const takers = executors?.filter((one) => !one.draining && one.takes.includes(engine));
  if (takers?.length === 0) return `no executor takes ${engine}`;
  const taken = takers === undefined ? queue.busy >= queue.slots : takers.every((one) => one.busy >= one.slots);
  const reasons = [held > 0 && `${held} held back until it is the tenant's turn`, waiting > held && (taken ? "every slot is in use" : "being taken on")];
  return reasons.filter(Boolean).join("; ");
}

const REASONS: { readonly [R in NonNullable<QueuePlace["reason"]>]: string } = {
  backing_off: "waits before its next attempt",
  batch_limit: "as many of its batch run as may",
  no_executor: "no executor takes its engine",
  no_free_slot: "every slot is in use",
  not_due: "it is not due yet",
  tenant_cap: "as many of the tenant run as may",
  turn: "other tenants' turn",
};

/** Why one evaluation waits, and how many of its kind are before it. */
export function placeWords({ reason, detail, ahead }: Pick<QueuePlace, "reason" | "detail" | "ahead">): string {
  const words = [reason === null ? "being taken on" : REASONS[reason]];
  if (detail !== "") words.push(detail);
  if (ahead !== null) words.push(ahead === 0 ? "next of its kind" : `${ahead} of its kind before it`);
  return words.join(" · ");
}

/** The versions that executors are of, with how many are of each; the most common first. */
export function versionsOf(executors: readonly Pick<ExecutorState, "version">[]): readonly (readonly [version: string, amount: number])[] {
  const groups = Map.groupBy(executors, (one) => one.version || "unknown");
  return [...groups].map(([version, those]) => [version, those.length] as const).toSorted((one, other) => other[1] - one[1]);
}
