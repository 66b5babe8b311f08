// Every address of the dashboard, and the page that is loaded for it. One block for each page.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from "@tanstack/react-router";
import { auditSearchOf } from "~/pages/admin/audit-filters";
import { eventFiltersOf } from "~/pages/events/filters";
import { isTab } from "~/pages/run/tabs";
import { rangeOf } from "~/pages/statistics/range";
import { Broken } from "./Broken";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";

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
  validateSearch: (search: Record<string, unknown>): { from?: string } =>
    typeof search["from"] === "string" ? { from: search["from"] } : {},
  component: lazyRouteComponent(() => import("~/pages/submit/SubmitPage"), "SubmitPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/$id",
  validateSearch: (search: Record<string, unknown>) => (isTab(search["tab"]) ? { tab: search["tab"] } : {}),
  component: lazyRouteComponent(() => import("~/pages/run/RunPage"), "RunPage"),
});

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: eventFiltersOf,
  component: lazyRouteComponent(() => import("~/pages/events/EventsPage"), "EventsPage"),
});

const statistics = createRoute({
  getParentRoute: () => root,
  path: "/statistics",
  validateSearch: rangeOf,
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
  validateSearch: auditSearchOf,
  component: lazyRouteComponent(() => import("~/pages/admin/AuditPage"), "AuditPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, submit, run, events, statistics, health, projections, keys, tenants, audit]),
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
