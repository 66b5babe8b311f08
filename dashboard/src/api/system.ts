// What a signed-in page talks to: the SDK's client, the one feed, the server's clock, how far rows are behind. Pages get it
// by `useSystem`.

import { Client } from "cloche";
import { createContext, use } from "react";
import { ConnectionStore } from "~/live/connection";
import { ReadLags } from "~/live/read-lags";
import { TenantFeed } from "~/live/tenant-feed";
import { watchedFetch } from "~/live/watched-fetch";
import { ServerClock } from "~/time/server-clock";
import { traceparent } from "./traceparent";

export interface System {
  readonly client: Client;
  /** Like `client`, but its feeds give up at the first trouble: for `resume`, which shows it. */
  readonly feeds: Client;
  readonly clock: ServerClock;
  readonly connection: ConnectionStore;
  readonly feed: TenantFeed;
  readonly lags: ReadLags;
}

export function systemFor(apiKey: string, url = window.location.origin): System {
  const clock = new ServerClock();
  const connection = new ConnectionStore();
  const lags = new ReadLags();
  const fetch = watchedFetch({ clock, lags, heard: () => connection.heard() });
  const client = new Client({ url, apiKey, fetch, traceparent });
  const feeds = new Client({ url, apiKey, fetch, patienceSeconds: -1 });
  return { client, feeds, clock, connection, feed: new TenantFeed(feeds, clock, connection), lags };
}

export const SystemContext = createContext<System | undefined>(undefined);

export function useSystem(): System {
  const system = use(SystemContext);
  if (system === undefined) throw new Error("this is shown to nobody who is not signed in");
  return system;
}

/** The SDK: the only way to the API. */
export function useClient(): Client {
  return useSystem().client;
}
