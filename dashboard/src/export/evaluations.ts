// Evaluations as files that other programs read.

import type { EvaluationView } from "cloche";
import { between } from "~/time/format";

const seconds = (from: string | null, to: string | null): number | undefined => {
  const milliseconds = between(from, to);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
};

const FIELDS: readonly (readonly [name: string, of: (view: EvaluationView) => string | number | null | undefined])[] = [
  ["id", (view) => view.id],
  ["name", (view) => view.name],
  ["status", (view) => view.status],
  ["outcome", (view) => view.outcome],
  ["exit_code", (view) => view.exit_code],
  ["signal", (view) => view.signal],
  ["failure_domain", (view) => view.failure_domain],
  ["limit", (view) => view.limit],
  ["detail", (view) => view.detail],
  ["language", (view) => view.language],
  ["engine", (view) => view.engine],
  ["executor", (view) => view.executor],
  ["priority", (view) => view.priority],
  ["attempt", (view) => view.attempt],
  ["submitted_at", (view) => view.submitted_at],
  ["queued_at", (view) => view.queued_at],
  ["started_at", (view) => view.started_at],
  ["completed_at", (view) => view.completed_at],
  ["wait_seconds", (view) => seconds(view.queued_at, view.started_at)],
  ["run_seconds", (view) => seconds(view.started_at, view.completed_at)],
  ["cpu_seconds", (view) => view.usage?.cpu_seconds],
  ["peak_memory_bytes", (view) => view.usage?.peak_memory_bytes],
  ["stdout_bytes", (view) => view.stdout.total_bytes],
  ["stderr_bytes", (view) => view.stderr.total_bytes],
  ["batch", (view) => view.batch?.id],
  ["batch_index", (view) => view.batch?.index],
  ["schedule", (view) => view.schedule],
  ["rerun_of", (view) => view.rerun_of],
  ["labels", (view) => Object.entries(view.labels).map(([key, value]) => `${key}=${value}`).join(" ")],
];

/** RFC 4180, with a line of names. */
export function csvOf(rows: readonly EvaluationView[]): string {
  const lines = [FIELDS.map(([name]) => name), ...rows.map((row) => FIELDS.map(([, of]) => cell(of(row))))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** Everything that the API says of each, one a line. */
export function jsonlOf(rows: readonly EvaluationView[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  // Names and labels are a stranger's: a spreadsheet would run what begins so.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
