// What an evaluation's state is called, and how it looks: a word, a sign and a colour, of which any one is enough.

import type { EvaluationView, Outcome, Status } from "cloche";

export interface Look {
  readonly word: string;
  /** One character, of every common font. */
  readonly sign: string;
  /** A colour of the theme. */
  readonly colour: string;
  /** Whether something is going on. */
  readonly busy: boolean;
}

const STATUSES: { readonly [S in Exclude<Status, "completed">]: Look } = {
  scheduled: { word: "Scheduled", sign: "◷", colour: "gray", busy: false },
  queued: { word: "Queued", sign: "⋯", colour: "gray", busy: true },
  running: { word: "Running", sign: "▶", colour: "blue", busy: true },
  cancelling: { word: "Cancel requested", sign: "⊘", colour: "orange", busy: true },
  retry_pending: { word: "Will be retried", sign: "↻", colour: "yellow", busy: true },
  dead_lettered: { word: "Given up", sign: "†", colour: "grape", busy: false },
};
const OUTCOMES: { readonly [O in Outcome]: Look } = {
  succeeded: { word: "Succeeded", sign: "✓", colour: "teal", busy: false },
  failed: { word: "Failed", sign: "✗", colour: "red", busy: false },
  compile_failed: { word: "Did not compile", sign: "✗", colour: "red", busy: false },
  timed_out: { word: "Timed out", sign: "⧖", colour: "orange", busy: false },
  out_of_memory: { word: "Out of memory", sign: "▲", colour: "orange", busy: false },
  cancelled: { word: "Cancelled", sign: "⊘", colour: "gray", busy: false },
};
const DONE: Look = { word: "Completed", sign: "■", colour: "gray", busy: false };

export function lookOf(status: Status, outcome: Outcome | null | undefined): Look {
  if (status !== "completed") return STATUSES[status];
  return outcome ? OUTCOMES[outcome] : DONE;
}

export const STATUS_NAMES = [...Object.keys(STATUSES), "completed"] as readonly Status[];
export const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[];

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
  11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
};

/** Why it ended as it did, in one line; empty where there is nothing to say. */
export function reasonOf(view: Pick<EvaluationView, "exit_code" | "signal" | "limit" | "failure_domain" | "detail">): string {
  const words: string[] = [];
  if (view.limit !== null) words.push(`ran into the limit ${view.limit}`);
  if (view.signal !== null) words.push(`ended by ${SIGNALS[view.signal] ?? `signal ${view.signal}`}`);
  else if (view.exit_code !== null && view.exit_code !== 0) words.push(`exit code ${view.exit_code}`);
  if (view.failure_domain === "infrastructure") words.push("the platform's fault, not the program's");
  if (view.detail !== "") words.push(view.detail);
  return words.join(" · ");
}
