// TypeScript client of Cloche. `cloche/node` finds a local system.

export type { About } from "./about.ts";
export { Keys, Tenants } from "./access.ts";
export { Artifacts } from "./artifacts.ts";
export { Audit, type AuditFilters } from "./audit.ts";
export { Batches, type BatchProgress, type MembersOptions, type ProgressOptions } from "./batches.ts";
export { Blobs, BODY_BYTES, fileOf } from "./blobs.ts";
export { Client, type ClientOptions } from "./client.ts";
export { DeadLetters, type ListDeadLettersOptions } from "./dead-letters.ts";
export {
  ApiError,
  BadTarget,
  ClocheError,
  Conflict,
  Invalid,
  isPassing,
  NotAuthorised,
  NotFound,
  NothingRunning,
  ServerTrouble,
  TooMany,
  UnexpectedAnswer,
  Unreachable,
} from "./errors.ts";
export {
  Evaluations,
  type ListEvaluationsOptions,
  type ListOptions,
  type PreferOptions,
  type Submitted,
  type WaitOptions,
} from "./evaluations.ts";
export {
  bytesOf,
  type BatchEvent,
  type Envelope,
  type EventData,
  type EventName,
  type FeedEvent,
  type Progress,
  type UnknownEvent,
} from "./events.ts";
export { Events, type FeedOptions, type HistoryOptions } from "./history.ts";
export type { Fetch } from "./http.ts";
export type { SubmitOptions } from "./idempotency.ts";
export {
  Outputs,
  type OutputOptions,
  type OutputPiece,
  type PartOptions,
  type ReadOptions,
  type SearchOptions,
} from "./outputs.ts";
export { Paged, type Page } from "./paging.ts";
export { Projections, READ_MODELS } from "./projections.ts";
export { Queue, type QueueOptions } from "./queue.ts";
export type { RetryOptions } from "./retries.ts";
export type { CallOptions } from "./routes.ts";
export { Schedules } from "./schedules.ts";
export { Languages, Platform, StatisticsReports, UsageReports, type StatisticsOptions } from "./service.ts";
export { Signer, type Once, type Signable, type SignedHeaders } from "./signing.ts";
export { Socket, type FollowWish } from "./socket.ts";
export { SseParser, type Frame } from "./sse.ts";
export type { TracedCall, Traceparent } from "./tracing.ts";
export * from "./types.ts";
