// What the API takes and gives, by the names that it has in the Python SDK too. Fields are those of the wire.

import type { components } from "./generated/api.ts";

type Schemas = components["schemas"];

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
export type ArtifactList = Schemas["ArtifactList"];
export type OutputSummary = Schemas["OutputSummary"];
export type OutputMatch = Schemas["OutputMatch"];
export type Limits = Schemas["Limits"];
export type Usage = Schemas["Usage"];
export type LanguageList = Schemas["LanguageList"];
export type LanguageView = Schemas["LanguageView"];

export type SubmitBatch = Schemas["SubmitBatch"];
export type BatchAccepted = Schemas["BatchAccepted"];
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

export type CreateTenant = Schemas["CreateTenant"];
export type ChangeTenant = Schemas["ChangeTenant"];
export type TenantView = Schemas["TenantView"];
export type TenantList = Schemas["TenantList"];
export type CreateKey = Schemas["CreateKey"];
export type NewKey = Schemas["NewKey"];
export type KeyView = Schemas["KeyView"];
export type KeyList = Schemas["KeyList"];
export type RotateKey = Schemas["RotateKey"];
export type AccessRecord = Schemas["ImportRecords"]["records"][number];
export type ImportReport = Schemas["ImportReport"];

export type ProjectionView = Schemas["ProjectionView"];
export type ProjectionList = Schemas["ProjectionList"];
export type SwapWhen = NonNullable<Schemas["RebuildProjection"]["swap"]>;
export type UsageReport = Schemas["UsageReport"];
export type StatisticsReport = Schemas["Statistics"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditReport = Schemas["AuditReport"];

export type Problem = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

export type Status = EvaluationView["status"];
export type Outcome = NonNullable<EvaluationView["outcome"]>;
export type StreamName = Schemas["ArchivedOutput"]["stream"];

/** Whether nothing more will happen to an evaluation in this status. */
export function isOver(status: Status): boolean {
  return status === "completed" || status === "dead_lettered";
}
