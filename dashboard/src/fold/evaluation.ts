// How lifecycle events become what the API shows of an evaluation: the twin of cloche_domain/view.py, so that the page
// can show it at any past event, and change rows without asking. A test folds the same events in both languages.

import type { EvaluationView, FeedEvent } from "cloche";
import { attemptsAfter } from "./attempts.ts";

export type LifecycleEvent = Exclude<FeedEvent, { readonly name: "output-chunk" | "case-completed" | "unknown" }>;

/** A lifecycle event with what its envelope says of it. */
export interface Occurrence {
  readonly evaluation: string;
  /** Of the event, among the lifecycle of its evaluation. */
  readonly number: number;
  /** RFC 3339. */
  readonly time: string;
  readonly traceId: string | null;
  readonly event: LifecycleEvent;
}

/** undefined for what moves no evaluation: output, cases, and types that are newer than this page. */
export function occurrenceOf(event: FeedEvent): Occurrence | undefined {
  if (event.name === "output-chunk" || event.name === "case-completed" || event.name === "unknown") return undefined;
  const { subject, sequence, time, traceparent } = event.envelope;
  return { evaluation: subject, number: Number(sequence), time, traceId: traceparent?.split("-")[1] ?? null, event };
}

/** The view after `occurrence`; undefined is before the first. Legal order is the log's business. */
export function project(view: EvaluationView | undefined, occurrence: Occurrence): EvaluationView {
  const { event, time, number } = occurrence;
  const before = view ?? blank(occurrence);
  const base = { ...before, sequence: number, attempts: attemptsAfter(before.attempts, event, time) };
  switch (event.name) {
    case "scheduled":
      return submitted({ ...base, status: "scheduled", due_at: event.data.due_at }, event);
    case "queued": {
      const { attempt, due_at, late_seconds } = event.data;
      const due = due_at ?? base.due_at;
      const late = late_seconds || base.late_seconds;
      return submitted({ ...base, status: "queued", attempt, queued_at: time, due_at: due, late_seconds: late }, event);
    }
    case "started": {
      const { engine, executor, runtime = "", image = "", image_digest = "", enforced = [], shortfalls = [] } = event.data;
      const limits = { ...LIMITS, ...event.data.limits };
      const where = { engine, executor, runtime, image, image_digest, enforced, shortfalls };
      return { ...base, ...where, status: "running", limits, started_at: time };
    }
    case "attempt-failed": {
      const { domain = "infrastructure", detail = "" } = event.data;
      return { ...base, status: "retry_pending", failure_domain: domain, detail };
    }
    case "cancel-requested":
      return { ...base, status: "cancelling", detail: event.data.reason ?? "" };
    case "completed":
      return completed(base, event.data, time);
    case "dead-lettered": {
      const { reason, detail } = event.data;
      const why = { failure_domain: "infrastructure", detail: detail || reason } as const;
      return { ...base, ...why, status: "dead_lettered", completed_at: time };
    }
    case "output-archived":
      return { ...base, archived: event.data.outputs ?? [] };
  }
}

/** The evaluation after all of them. */
export function folded(events: Iterable<FeedEvent>): EvaluationView | undefined {
  let view: EvaluationView | undefined;
  for (const event of events) {
    const occurrence = occurrenceOf(event);
    if (occurrence !== undefined) view = project(view, occurrence);
  }
  return view;
}

type Submission = Extract<LifecycleEvent, { readonly name: "scheduled" | "queued" }>;
type Completion = Extract<LifecycleEvent, { readonly name: "completed" }>["data"];

function submitted(view: EvaluationView, { data }: Submission): EvaluationView {
  const { spec, origin = {} } = data;
  if (!spec) return view;
  return {
    ...view,
    language: spec.language ?? "python",
    name: spec.name ?? null,
    engine_requested: spec.engine ?? "auto",
    priority: spec.priority ?? "normal",
    requested: spec.limits ?? {},
    limits: data.limits ? { ...LIMITS, ...data.limits } : view.limits,
    cases: spec.cases ? { ...NO_CASES, total: spec.cases.length } : null,
    labels: spec.labels ?? {},
    retry: spec.retry ?? {},
    max_attempts: data.max_attempts ?? MAX_ATTEMPTS,
    turns: data.turns ?? null,
    rerun_of: origin.rerun_of ?? null,
    batch: origin.batch ?? null,
    schedule: origin.schedule ?? null,
  };
}

function completed(view: EvaluationView, data: Completion, time: string): EvaluationView {
  const artifacts = data.artifacts ?? [];
  return {
    ...view,
    status: "completed",
    outcome: data.outcome,
    exit_code: data.exit_code ?? null,
    signal: data.signal ?? null,
    failure_domain: data.domain ?? null,
    limit: data.limit ?? null,
    reached: data.reached ?? [],
    detail: data.detail ?? "",
    usage: data.usage ? { ...UNMEASURED, ...data.usage } : null,
    stdout: { ...NOTHING, ...data.stdout },
    stderr: { ...NOTHING, ...data.stderr },
    compiler: { ...NOTHING, ...data.compiler },
    compilation: data.compilation ? compilationOf(data.compilation) : null,
    artifact_count: artifacts.length,
    artifacts,
    skipped_artifacts: data.skipped_artifacts ?? [],
    artifact_bytes: { ...NOTHING, ...data.artifact_bytes },
    // A verdict without counts, as of a cancellation before the start, leaves how many there were.
    cases: data.cases ? { ...NO_CASES, ...data.cases } : view.cases,
    completed_at: time,
  };
}

function compilationOf(data: NonNullable<Completion["compilation"]>): NonNullable<EvaluationView["compilation"]> {
  const { exit_code = null, signal = null, detail = "", usage = null } = data;
  return { exit_code, signal, detail, usage: usage && { ...UNMEASURED, ...usage } };
}

const UNMEASURED = { cpu_seconds: null, peak_memory_bytes: null, start_seconds: null, warm: null };
const NOTHING: EvaluationView["stdout"] = {
  total_bytes: 0, head_bytes: 0, dropped_bytes: 0, tail_bytes: 0, sha256: "", chunks: 0,
};
const NO_CASES: NonNullable<EvaluationView["cases"]> = { total: 0, passed: 0, failed: 0, skipped: 0 };
const MAX_ATTEMPTS = 3;
const MEBIBYTE = 1 << 20;
// The product's defaults (cloche_schemas/values.py).
const LIMITS: EvaluationView["limits"] = {
  wall_seconds: 60, cpu_seconds: 60, cpus: 1, memory_bytes: 256 * MEBIBYTE, pids: 64, output_bytes: 16 * MEBIBYTE,
  scratch_bytes: 64 * MEBIBYTE, scratch_inodes: 4096, file_bytes: 64 * MEBIBYTE, open_files: 256, artifact_files: 100,
  artifact_bytes: 16 * MEBIBYTE,
};

function blank({ evaluation, time, traceId }: Occurrence): EvaluationView {
  return {
    id: evaluation, status: "queued", outcome: null, exit_code: null, signal: null, failure_domain: null, limit: null,
    reached: [], detail: "", attempt: 0, attempts: [], language: "python", name: null, engine_requested: "auto",
    engine: null, runtime: "", image: "", image_digest: "", enforced: [], shortfalls: [], executor: null,
    priority: "normal", requested: {}, limits: LIMITS, usage: null, stdout: NOTHING, stderr: NOTHING, compiler: NOTHING,
    compilation: null, artifact_count: 0, artifacts: [], skipped_artifacts: [], artifact_bytes: NOTHING, cases: null,
    archived: [], labels: {}, retry: {}, max_attempts: MAX_ATTEMPTS, turns: null, rerun_of: null, batch: null,
    schedule: null, due_at: null, late_seconds: 0, submitted_at: time, queued_at: null, started_at: null,
    completed_at: null, trace_id: traceId, sequence: 0,
  };
}
