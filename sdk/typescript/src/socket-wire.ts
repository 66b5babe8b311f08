// What goes over a WebSocket of feeds (schemas/generated/feeds.asyncapi.json), and the platform's own sockets.

import { BadTarget, UnexpectedAnswer } from "./errors.ts";
import type { BatchCounts, Problem } from "./types.ts";

/** What the server says that a client goes by. */
export type Said =
  | { readonly type: "ready" | "subscribed" | "unsubscribed" | "pong" }
  | { readonly type: "event"; readonly id: number; readonly cursor: string; readonly event: unknown }
  | { readonly type: "progress"; readonly id: number; readonly progress: BatchCounts }
  | { readonly type: "cursor"; readonly id: number; readonly cursor: string }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "error"; readonly id: number | null; readonly problem: Problem };

export const PING = { type: "ping" };

export interface Handlers {
  opened(): void;
  told(text: string): void;
  /** Once, also where it never opened. */
  closed(code: number): void;
}

export interface Wire {
  send(text: string): void;
  close(): void;
}

/** Begins a connection. */
export type Dial = (url: string, handlers: Handlers) => Wire;

/** With the WebSocket of the platform: browsers, and Node 22 or newer. */
export const dial: Dial = (url, { opened, told, closed }) => {
  if (typeof WebSocket === "undefined") throw new BadTarget("there is no WebSocket here: Node has one from 22 on");
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => opened());
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => told(String(data)));
  socket.addEventListener("close", ({ code }) => closed(code));
  return socket;
};

/** A message of the server. `UnexpectedAnswer` if it is none. */
export function frameOf(text: string): Said {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "type" in value) return value as Said;
  } catch (error) {
    throw new UnexpectedAnswer("a message of the feed is no JSON", { cause: error });
  }
  throw new UnexpectedAnswer("a message of the feed has no type");
}
