// A page of the dashboard as it is, its API played by a function, its feed by `tell`.

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { act, render } from "@testing-library/react";
import { Client, type About, type FeedEvent } from "cloche";
import { vi } from "vitest";
import { queryClientFor } from "~/api/query-client";
import { SystemContext, type System } from "~/api/system";
import { router } from "~/app/routes";
import { ConnectionStore } from "~/live/connection";
import { patch } from "~/live/patching";
import { ReadLags } from "~/live/read-lags";
import type { Hears, TenantFeed } from "~/live/tenant-feed";
import { watchedFetch } from "~/live/watched-fetch";
import { SessionStore } from "~/session/session";
import { SessionContext } from "~/session/use-session";
import { theme } from "~/theme/theme";
import { ServerClock } from "~/time/server-clock";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Opened {
  readonly asked: readonly Asked[];
  readonly address: () => string;
  readonly tell: (events: readonly FeedEvent[]) => void;
}

const ABOUT: About = { name: "cloche", version: "1", tenant: "main", key: "k", role: "admin", scopes: ["read", "write", "operate", "admin"] };

/** `answer` gives the body of an answer, all of it as a `Response`, or undefined for a 404; `about`: what `GET /v1` says instead. */
export function openPage(address: string, answer: (asked: Asked) => object | undefined, about: Partial<About> = {}): Opened {
  // Nothing has a size in jsdom, and rows are drawn where they are seen.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(900);
  const asked: Asked[] = [];
  const ask = (url: string, { method = "GET", body: sent }: RequestInit): Promise<Response> => {
    const { pathname: path, searchParams: query } = new URL(url);
    const one = { method, path, query, body: typeof sent === "string" ? (JSON.parse(sent) as unknown) : undefined };
    asked.push(one);
    const body = path === "/v1" ? { ...ABOUT, ...about } : answer(one);
    if (body instanceof Response) return Promise.resolve(body);
    if (body !== undefined) return Promise.resolve(Response.json(body));
    const problem = { type: "", title: "Not found", status: 404, code: "not_found", detail: "It is not there", request_id: "r-1" };
    return Promise.resolve(new Response(JSON.stringify(problem), { status: 404, headers: { "Content-Type": "application/problem+json" } }));
  };
  const [clock, lags, connection] = [new ServerClock(), new ReadLags(), new ConnectionStore()];
  const fetch = watchedFetch({ clock, lags, heard: () => connection.heard() }, ask);
  const client = new Client({ url: "http://gateway", apiKey: "k", fetch });
  const hearing = new Set<Hears>();
  const feed = {
    subscribe: (hears: Hears) => {
      hearing.add(hears);
      return () => hearing.delete(hears);
    },
  };
  const system: System = { client, feeds: client, clock, connection, feed: feed as unknown as TenantFeed, lags };
  const queries = queryClientFor(() => undefined);
  feed.subscribe((events) => patch(queries, events));
  const history = createMemoryHistory({ initialEntries: [address] });
  const own = createRouter({ routeTree: router.routeTree, history });
  render(
    <MantineProvider theme={theme} env="test">
      <SessionContext value={new SessionStore(sessionStorage)}>
        <SystemContext value={system}>
          <QueryClientProvider client={queries}><RouterProvider router={own} /></QueryClientProvider>
        </SystemContext>
      </SessionContext>
    </MantineProvider>,
  );
  const tell = (events: readonly FeedEvent[]) => act(() => {
    for (const hears of hearing) hears(events);
  });
  return { asked, tell, address: () => own.state.location.href };
}
