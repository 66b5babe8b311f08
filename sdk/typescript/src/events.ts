// Events of the log as feeds give them: told apart by `name`, typed by the description of the log.

import { UnexpectedAnswer } from "./errors.ts";
import type { components } from "./generated/events.ts";
import type { QueryOf } from "./routes.ts";
import type { Frame } from "./sse.ts";
import type { BatchCounts } from "./types.ts";

type Schemas = components["schemas"];

/** What feeds call the types of events: their names without prefix and version. */
export type EventName = NonNullable<QueryOf<"get", "/v1/events">["type"]>[number];

/** What each event says, by its name. */
export interface EventData extends Record<EventName, object> {
  scheduled: Schemas["EvaluationScheduled"];
  queued: Schemas["EvaluationQueued"];
  started: Schemas["AttemptStarted"];
  "output-chunk": Schemas["OutputChunk"];
  "case-completed": Schemas["CaseCompleted"];
  "attempt-failed": Schemas["AttemptFailed"];
  "cancel-requested": Schemas["CancelRequested"];
  completed: Schemas["EvaluationCompleted"];
  "dead-lettered": Schemas["EvaluationDeadLettered"];
  "output-archived": Schemas["OutputArchived"];
}

/** The CloudEvent around an event: who appended it, when, and where in its evaluation it stands. */
export type Envelope = Schemas["Envelope"];

interface Told<N extends string, D> {
  /** Resumes after this event. */
  readonly cursor: string;
  readonly name: N;
  readonly envelope: Envelope;
  /** What a default stands for is absent. */
  readonly data: D;
}

/** An event of a type that is newer than this package; `envelope.type` names it. */
export type UnknownEvent = Told<"unknown", unknown>;

/** How far a batch is, behind the events that changed it. It is no event of the log; `cursor` is that of the last one. */
export interface Progress {
  readonly cursor: string;
  readonly name: "progress";
  readonly data: BatchCounts;
}

/** What the feed of a batch tells. */
export type BatchEvent = FeedEvent | Progress;

/** One event. `switch (event.name)` tells what `data` is. */
export type FeedEvent = { [N in EventName]: Told<N, EventData[N]> }[EventName] | UnknownEvent;

type TypeOf<N extends EventName> = `cloche.evaluation.${N}.v1`;
// Each name once, or the compiler says so.
const TYPES: { readonly [N in EventName as TypeOf<N>]: N } = {
  "cloche.evaluation.scheduled.v1": "scheduled",
  "cloche.evaluation.queued.v1": "queued",
  "cloche.evaluation.started.v1": "started",
  "cloche.evaluation.output-chunk.v1": "output-chunk",
  "cloche.evaluation.case-completed.v1": "case-completed",
  "cloche.evaluation.attempt-failed.v1": "attempt-failed",
  "cloche.evaluation.cancel-requested.v1": "cancel-requested",
  "cloche.evaluation.completed.v1": "completed",
  "cloche.evaluation.dead-lettered.v1": "dead-lettered",
  "cloche.evaluation.output-archived.v1": "output-archived",
};
const NAMES: ReadonlyMap<string, EventName> = new Map<string, EventName>(Object.entries(TYPES));

/** The event in a frame. `UnexpectedAnswer` if there is none. */
export function eventOf(frame: Frame): FeedEvent {
  return eventIn(jsonOf(frame.data), frame.lastEventId);
}

/** The event that an envelope holds. `UnexpectedAnswer` if it is none. */
export function eventIn(envelope: unknown, cursor: string): FeedEvent {
  if (!isEnvelope(envelope)) throw new UnexpectedAnswer("a frame of the feed is no event");
  const name = NAMES.get(envelope.type) ?? "unknown";
  return { cursor, name, envelope, data: envelope.data } as FeedEvent;
}

/** What a frame of the feed of a batch says. `UnexpectedAnswer` if it is neither. */
export function batchEventOf(frame: Frame): BatchEvent {
  if (frame.event !== "progress") return eventOf(frame);
  const value = jsonOf(frame.data);
  if (typeof value === "object" && value !== null && "size" in value && "over" in value) {
    return { cursor: frame.lastEventId, name: "progress", data: value as BatchCounts };
  }
  throw new UnexpectedAnswer("a frame of the feed does not say how far the batch is");
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === "object" && value !== null && "type" in value && "data" in value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnexpectedAnswer("a frame of the feed is no JSON", { cause: error });
  }
}

/** The bytes that a chunk of output carries. */
export function bytesOf(chunk: EventData["output-chunk"]): Uint8Array {
  return Uint8Array.from(atob(chunk.data), (character) => character.charCodeAt(0));
}
