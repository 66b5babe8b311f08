// What an event says, in one line.

import type { FeedEvent } from "cloche";
import { count } from "~/time/amounts";
import { utc } from "~/time/format";

export function summaryOf(event: FeedEvent): string {
  switch (event.name) {
    case "scheduled":
      return `to be queued at ${utc(Date.parse(event.data.due_at))}`;
    case "queued": {
      const { attempt, engine = "auto", priority = "normal", spec } = event.data;
      const what = spec ? `${spec.language ?? "python"}, engine ${engine}, ${priority} priority` : "the same submission again";
      return `attempt ${attempt}: ${what}${event.data.turns ? ", waits for its turn" : ""}`;
    }
    case "started": {
      const { executor, engine, image = "", runtime = "" } = event.data;
      return `${executor} runs it in ${engine}${runtime ? ` (${runtime})` : ""}${image ? `, image ${image}` : ""}`;
    }
    case "output-chunk":
      return `${event.data.stream}, from byte ${count(event.data.offset)}`;
    case "case-completed": {
      const { index, name = "", passed, outcome } = event.data;
      return `case ${index + 1}${name ? ` ${name}` : ""} ${passed ? "passed" : `did not pass: ${outcome}`}`;
    }
    case "attempt-failed":
      return `${event.data.reason}${event.data.detail ? `: ${event.data.detail}` : ""}`;
    case "cancel-requested": {
      const { requested_by = "", reason = "" } = event.data;
      return [requested_by && `by ${requested_by}`, reason].filter(Boolean).join(": ") || "without a reason";
    }
    case "completed": {
      const { outcome, exit_code, signal, detail = "" } = event.data;
      const end = signal != null ? `, signal ${signal}` : exit_code != null ? `, exit code ${exit_code}` : "";
      return `${outcome}${end}${detail ? `: ${detail}` : ""}`;
    }
    case "dead-lettered":
      return `after ${event.data.attempts} attempts: ${event.data.reason}`;
    case "output-archived":
      return (event.data.outputs ?? []).map((one) => one.stream).join(", ") || "nothing was written";
    case "unknown":
      return "newer than this page: see its JSON";
  }
}
