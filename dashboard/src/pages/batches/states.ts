// Where the evaluations of a batch are: one state for each, which is its outcome once it has one.

import type { BatchView, EvaluationView, Outcome, Status } from "cloche";
import { lookOf, OUTCOME_NAMES, STATUS_NAMES, type Look } from "~/status/words";

export type State = Exclude<Status, "completed"> | Outcome;

/** What is over comes first, as it grows from there. */
export const STATES: readonly State[] = [
  ...OUTCOME_NAMES,
  ...STATUS_NAMES.filter((status) => status !== "completed").toReversed(),
];

export function isState(value: unknown): value is State {
  return STATES.some((state) => state === value);
}

export function stateOf({ status, outcome }: Pick<EvaluationView, "status" | "outcome">): State | undefined {
  return status === "completed" ? (outcome ?? undefined) : status;
}

export function lookOfState(state: State): Look {
  const outcome = OUTCOME_NAMES.find((one) => one === state);
  return outcome === undefined ? lookOf(state as Status, null) : lookOf("completed", outcome);
}

export type Counts = ReadonlyMap<State, number>;

/** How many are in each state, by the batch's own counts; states that none is in are left out. */
export function countsOf(batch: Pick<BatchView, "by_status" | "by_outcome">): Counts {
  const numbers: Readonly<Record<string, number>> = { ...batch.by_status, ...batch.by_outcome };
  return new Map(STATES.flatMap((state) => (numbers[state] ? [[state, numbers[state]] as const] : [])));
}

/** The same of the evaluations themselves. */
export function tallied(members: readonly EvaluationView[]): Counts {
  const found = Map.groupBy(members, stateOf);
  return new Map(STATES.flatMap((state) => (found.has(state) ? [[state, found.get(state)?.length ?? 0] as const] : [])));
}

const OVER: ReadonlySet<State> = new Set<State>([...OUTCOME_NAMES, "dead_lettered"]);
const WELL: ReadonlySet<State> = new Set<State>(["succeeded", "cancelled"]);

export interface Progress {
  readonly over: number;
  /** Over, and neither succeeded nor cancelled: what is run again. */
  readonly failed: number;
}

export function progressOf(counts: Counts): Progress {
  let over = 0;
  let failed = 0;
  for (const [state, amount] of counts) {
    if (!OVER.has(state)) continue;
    over += amount;
    if (!WELL.has(state)) failed += amount;
  }
  return { over, failed };
}
