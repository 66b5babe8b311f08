// The pages that the navigation, the palette and the keys `g …` lead to. Each has its line in routes.tsx.

export interface Place {
  readonly to: string;
  readonly name: string;
  /** For the palette. */
  readonly about: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly group: "Programs" | "Platform";
}

export const PLACES: readonly Place[] = [
  { to: "/submit", name: "Submit", about: "run a program", key: "s", group: "Programs" },
  { to: "/history", name: "History", about: "every evaluation, searched and filtered", key: "h", group: "Programs" },
  { to: "/batches", name: "Batches", about: "many evaluations at once", key: "b", group: "Programs" },
  { to: "/schedules", name: "Schedules", about: "programs that run again and again", key: "c", group: "Programs" },
  { to: "/queue", name: "Queue", about: "what waits and why, and the executors", key: "q", group: "Platform" },
  { to: "/dead-letters", name: "Dead letters", about: "what was given up", key: "d", group: "Platform" },
];
