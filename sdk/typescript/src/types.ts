// What the API takes and gives, by the names that it has in the Python SDK too. Fields are those of the wire.

import type { components, paths } from "./generated/api.ts";
import type { QueryOf } from "./routes.ts";

type Schemas = components["schemas"];
type ListQuery = QueryOf<"get", "/v1/evaluations">;

export type SubmitEvaluation = Schemas["SubmitEvaluation"];
export type FileBody = Schemas["FileBody"];
export type CaseBody = Schemas["CaseBody"];
export type LimitsBody = Schemas["LimitsBody"];
export type RetryBody = Schemas["RetryBody"];
export type Accepted = Schemas["Accepted"];
export type EvaluationView = Schemas["EvaluationView"];
export type EvaluationPage = Schemas["EvaluationPage"];
export type AttemptView = Schemas["AttemptView"];
export type AttemptList = Schemas["AttemptList"];
export type CaseResult = Schemas["CaseResult"];
export type CaseList = Schemas["CaseList"];
export type Artifact = Schemas["Artifact"];
export type Timeline = Schemas["Timeline"];
export type TimelineSpan = Schemas["TimelineSpan"];
export type ArtifactList = Schemas["ArtifactList"];
export type OutputSummary = Schemas["OutputSummary"];
export type OutputMatch = Schemas["OutputMatch"];
export type Limits = Schemas["Limits"];
export type Usage = Schemas["Usage"];
export type LanguageList = Schemas["LanguageList"];
export type LanguageView = Schemas["LanguageView"];

/** A JSON Merge Patch (RFC 7396) of a type: null takes a member away, lists are given whole. */
export type MergePatch<T> = {
  readonly [K in keyof T]?: (NonNullable<T[K]> extends readonly unknown[] | string | number | boolean
    ? NonNullable<T[K]>
    : MergePatch<NonNullable<T[K]>>) | null | undefined;
};
export type EvaluationChanges = MergePatch<SubmitEvaluation>;

export type SubmitBatch = Schemas["SubmitBatch"];
export type BatchAccepted = Schemas["BatchAccepted"];
export type BatchCounts = Schemas["BatchProgress"];
export type BatchView = Schemas["BatchView"];
export type BatchCancelled = Schemas["BatchCancelled"];

export type CreateSchedule = Schemas["CreateSchedule"];
export type ScheduleView = Schemas["ScheduleView"];
export type ScheduleList = Schemas["ScheduleList"];

export type DeadLetter = Schemas["DeadLetter"];
export type SelectDeadLetters = Schemas["SelectDeadLetters"];
export type Requeued = Schemas["Requeued"];
export type RequeueReport = Schemas["RequeueReport"];
export type PurgeReport = Schemas["PurgeReport"];

export type QueueView = Schemas["QueueView"];
export type QueuePlace = Schemas["QueuePlace"];
export type ExecutorList = Schemas["ExecutorList"];
export type PlatformHealth = Schemas["PlatformHealth"];

export type CreateTenant = Schemas["CreateTenant"];
export type ChangeTenant = Schemas["ChangeTenant"];
export type TenantView = Schemas["TenantView"];
export type TenantList = Schemas["TenantList"];
export type CreateKey = Schemas["CreateKey"];
export type NewKey = Schemas["NewKey"];
export type KeyView = Schemas["KeyView"];
export type KeyList = Schemas["KeyList"];
export type ChangeKey = Schemas["ChangeKey"];
export type SecretName = paths["/v1/keys/{key}/secrets/{which}"]["delete"]["parameters"]["path"]["which"];
export type Rate = Schemas["Rate"];
export type Rates = Schemas["Rates"];
export type SetRates = Schemas["SetRates"];
export type AccessRecord = Schemas["ImportRecords"]["records"][number];
export type ImportReport = Schemas["ImportReport"];

export type AuditEntry = Schemas["AuditEntry"];
export type AuditPage = Schemas["AuditPage"];
export type AuditReport = Schemas["AuditReport"];
export type AuditHead = Schemas["Head"];
export type AuditBreak = Schemas["Break"];

export type ProjectionView = Schemas["ProjectionView"];
export type ProjectionList = Schemas["ProjectionList"];
export type SwapWhen = NonNullable<Schemas["RebuildProjection"]["swap"]>;
export type UsageReport = Schemas["UsageReport"];
export type Statistics = Schemas["Statistics"];
export type StatisticsStep = Statistics["step"];

/** RFC 9457, with the members that some problems have besides. */
export type Problem = Schemas["Problem"] & {
  /** Of `rate_limited` and `too_many_failures`: exact, where the header rounds up. */
  readonly retry_after_seconds?: number;
};
export type FieldError = Schemas["FieldError"];

export type Status = EvaluationView["status"];
export type Outcome = NonNullable<EvaluationView["outcome"]>;
export type EngineChoice = NonNullable<ListQuery["engine"]>[number];
export type Sort = NonNullable<ListQuery["sort"]>;
export type Order = NonNullable<ListQuery["order"]>;
export type StreamName = Schemas["ArchivedOutput"]["stream"];

/** Whether nothing more will happen to an evaluation in this status. */
export function isOver(status: Status): boolean {
  return status === "completed" || status === "dead_lettered";
}
