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
  { to: "/events", name: "Event stream", about: "everything that happens, live or again", key: "e", group: "Platform" },
  { to: "/statistics", name: "Statistics", about: "throughput, success, times, storage", key: "t", group: "Platform" },
  { to: "/health", name: "Health", about: "whether the platform is well", key: "p", group: "Platform" },
  { to: "/admin/projections", name: "Projections", about: "the rows that everybody reads", key: "r", group: "Platform" },
  { to: "/admin/keys", name: "Keys", about: "who gets in, and may do what", key: "k", group: "Platform" },
  { to: "/admin/tenants", name: "Tenants", about: "quotas, rates and retention", key: "n", group: "Platform" },
  { to: "/admin/audit", name: "Audit log", about: "who did what, and who was refused", key: "a", group: "Platform" },
];
