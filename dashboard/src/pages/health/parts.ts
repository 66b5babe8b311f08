// Parts of the platform in words. Pure.

import type { PlatformHealth } from "cloche";
import { counted } from "~/time/amounts";
import { duration } from "~/time/format";

export type Status = PlatformHealth["status"] | PlatformHealth["edges"][number]["status"];
export type Reader = PlatformHealth["projector"];
export type Stream = PlatformHealth["streams"][number];

export interface Look {
  readonly word: string;
  readonly sign: string;
  readonly colour: string;
}

const LOOKS: { readonly [S in Status]: Look } = {
  ok: { word: "Everything is well", sign: "✓", colour: "teal" },
  up: { word: "up", sign: "✓", colour: "teal" },
  degraded: { word: "degraded", sign: "!", colour: "yellow" },
  down: { word: "down", sign: "✗", colour: "red" },
};

export function lookOfPart(status: Status): Look {
  return LOOKS[status];
}

const EDGES: { readonly [N in PlatformHealth["edges"][number]["name"]]: string } = {
  log: "Log (NATS)", read_models: "Read models (PostgreSQL)", objects: "Objects (S3)",
};

export function nameOfEdge(name: PlatformHealth["edges"][number]["name"]): string {
  return EDGES[name];
}

const SECOND = 1000;

/** How far a reader of the log of record is behind it; what is not known is said to be so. */
export function behind({ lag, lag_seconds: seconds }: Reader): string {
  if (lag === null) return "how far behind is not known";
  if (lag === 0) return "everything is read";
  const events = counted(lag, "event");
  return seconds === null ? `${events} behind` : `${events} behind, the oldest ${duration(seconds * SECOND)} old`;
}

export function seconds(value: number | null): string {
  return value === null ? "–" : duration(value * SECOND);
}

/** The part of its room that a stream uses, in percent; undefined where it has no bound. */
export function share({ bytes, max_bytes: most }: Stream): number | undefined {
  return most === null || most <= 0 ? undefined : (100 * bytes) / most;
}
