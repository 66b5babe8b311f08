// Every address of the dashboard, and the page that is loaded for it. One block for each page.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from "@tanstack/react-router";
import { auditSearchOf } from "~/pages/admin/audit-filters";
import { isState, type State } from "~/pages/batches/states";
import { letterSearchOf } from "~/pages/dead-letters/filters";
import { eventFiltersOf } from "~/pages/events/filters";
import { filtersOf } from "~/pages/history/filters";
import { isTab } from "~/pages/run/tabs";
import { rangeOf } from "~/pages/statistics/range";
import { Broken } from "./Broken";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";

/** What `read` makes of an address, and nothing else of it: where it leaves something out, the router would keep what stands there. */
function only<T extends object>(read: (search: Record<string, unknown>) => T): (search: Record<string, unknown>) => T {
  return (search) => ({ ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])), ...read(search) });
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: Broken });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: () => <Navigate to="/submit" replace />,
});

const submit = createRoute({
  getParentRoute: () => root,
  path: "/submit",
  // `from`: the evaluation whose submission is to be changed and run again.
  validateSearch: only((search): { from?: string } => (typeof search["from"] === "string" ? { from: search["from"] } : {})),
  component: lazyRouteComponent(() => import("~/pages/submit/SubmitPage"), "SubmitPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/$id",
  validateSearch: only((search) => (isTab(search["tab"]) ? { tab: search["tab"] } : {})),
  component: lazyRouteComponent(() => import("~/pages/run/RunPage"), "RunPage"),
});

const history = createRoute({
  getParentRoute: () => root,
  path: "/history",
  validateSearch: only(filtersOf),
  component: lazyRouteComponent(() => import("~/pages/history/HistoryPage"), "HistoryPage"),
});

const batches = createRoute({
  getParentRoute: () => root,
  path: "/batches",
  component: lazyRouteComponent(() => import("~/pages/batches/BatchesPage"), "BatchesPage"),
});

const batch = createRoute({
  getParentRoute: () => root,
  path: "/batches/$id",
  // `show`: only the evaluations in this state.
  validateSearch: only((search): { show?: State } => (isState(search["show"]) ? { show: search["show"] } : {})),
  component: lazyRouteComponent(() => import("~/pages/batches/BatchPage"), "BatchPage"),
});

const schedules = createRoute({
  getParentRoute: () => root,
  path: "/schedules",
  component: lazyRouteComponent(() => import("~/pages/schedules/SchedulesPage"), "SchedulesPage"),
});

const queue = createRoute({
  getParentRoute: () => root,
  path: "/queue",
  // `own`: an operator who looks at the own tenant alone.
  validateSearch: only((search): { own?: true } => (search["own"] === true ? { own: true } : {})),
  component: lazyRouteComponent(() => import("~/pages/queue/QueuePage"), "QueuePage"),
});

const deadLetters = createRoute({
  getParentRoute: () => root,
  path: "/dead-letters",
  validateSearch: only(letterSearchOf),
  component: lazyRouteComponent(() => import("~/pages/dead-letters/DeadLettersPage"), "DeadLettersPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: only(eventFiltersOf),
  component: lazyRouteComponent(() => import("~/pages/events/EventsPage"), "EventsPage"),
});

const statistics = createRoute({
  getParentRoute: () => root,
  path: "/statistics",
  validateSearch: only(rangeOf),
  component: lazyRouteComponent(() => import("~/pages/statistics/StatisticsPage"), "StatisticsPage"),
});

const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("~/pages/health/HealthPage"), "HealthPage"),
});

const projections = createRoute({
  getParentRoute: () => root,
  path: "/admin/projections",
  component: lazyRouteComponent(() => import("~/pages/admin/ProjectionsPage"), "ProjectionsPage"),
});

const keys = createRoute({
  getParentRoute: () => root,
  path: "/admin/keys",
  component: lazyRouteComponent(() => import("~/pages/admin/KeysPage"), "KeysPage"),
});

const tenants = createRoute({
  getParentRoute: () => root,
  path: "/admin/tenants",
  component: lazyRouteComponent(() => import("~/pages/admin/TenantsPage"), "TenantsPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/admin/audit",
  validateSearch: only(auditSearchOf),
  component: lazyRouteComponent(() => import("~/pages/admin/AuditPage"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[home, submit, run, history, batches, batch, schedules, queue, deadLetters],
    ...[events, statistics, health, projections, keys, tenants, audit],
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
