// What can be done with a projection in its state; the server has the last word.

import type { ProjectionView } from "cloche";

export type ProjectionDeed = "rebuild" | "swap" | "rollback" | "abort";

export function possible({ state, request, previous }: Pick<ProjectionView, "state" | "request" | "previous">): ProjectionDeed[] {
  if (request !== null) return ["abort"];
  if (state === "rebuilding" || state === "comparing") return ["abort"];
  if (state === "ready") return ["swap", "abort"];
  return previous === null ? ["rebuild"] : ["rebuild", "rollback"];
}
