// Feeds over a WebSocket that a script plays the server of.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BadTarget, Client, NotAuthorised, NotFound, Unreachable } from "../../src/index.ts";
import { LARGEST_BUFFER } from "../../src/socket-feed.ts";
import type { Handlers } from "../../src/socket-wire.ts";
import { Socket, type FollowWish } from "../../src/socket.ts";
import { BASE, collected, FakePace, ID, KEY } from "./stub.ts";

/** What one connection of the script hears and says. */
class Line {
  readonly heard: Record<string, unknown>[] = [];
  closed = false;
  readonly #handlers: Handlers;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  say(message: object): void {
    this.#handlers.told(JSON.stringify(message));
  }

  event(id: unknown, cursor: string, type = "started"): void {
    this.say({ type: "event", id, cursor, event: { type: `cloche.evaluation.${type}.v1`, data: {} } });
  }

  open(): void {
    this.#handlers.opened();
    this.say({ type: "ready" });
  }

  drop(code: number): void {
    this.#handlers.closed(code);
  }

  subscribed(index = -1): Record<string, unknown> {
    return this.heard.filter(({ type }) => type === "subscribe").at(index) ?? {};
  }
}

class Exchange {
  readonly lines: Line[] = [];
  readonly pace = new FakePace();
  readonly socket: Socket;

  constructor(begun: (line: Line, number: number) => void) {
    this.socket = new Socket({
      base: BASE,
      apiKey: KEY,
      pace: this.pace,
      patienceSeconds: 3,
      dial: (url, handlers) => {
        assert.equal(url, "ws://cloche.test/v1/ws");
        const line = new Line(handlers);
        this.lines.push(line);
        setTimeout(() => begun(line, this.lines.length), 0);
        return {
          send: (text) => void line.heard.push(JSON.parse(text) as Record<string, unknown>),
          close: () => void (line.closed = true),
        };
      },
    });
  }

  async cursors(wish: FollowWish): Promise<string[]> {
    return (await collected(this.socket.follow(wish))).map(({ cursor }) => cursor);
  }
}

test("a key is said first, then what is wanted; the connection goes with the last reader", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    const { id } = line.subscribed();
    line.event(id, "e-1");
    line.say({ type: "progress", id, progress: { id: ID, size: 1, over: 0, by_status: {}, by_outcome: {} } });
    line.event(id, "e-2", "completed");
    line.say({ type: "end", id });
  });
  const told = await collected(exchange.socket.follow({ batch: ID, output: false }));
  assert.deepEqual(told.map(({ name, cursor }) => [name, cursor]), [["started", "e-1"], ["progress", "e-1"], ["completed", "e-2"]]);
  const [line] = exchange.lines;
  assert.deepEqual(line?.heard[0], { type: "auth", api_key: KEY });
  assert.deepEqual(line?.heard[1], { type: "subscribe", id: 1, batch: ID, output: false });
  assert.ok(line?.closed);
});

test("feeds share a connection, and each comes back behind its own last event", async () => {
  const exchange = new Exchange((line, number) => {
    line.open();
    const [first, second] = [line.subscribed(-2), line.subscribed(-1)];
    if (number === 1) {
      line.event(first["id"], "a-1");
      line.event(second["id"], "b-7");
      line.say({ type: "cursor", id: second["id"], cursor: "b-9" });
      line.drop(1012);
      return;
    }
    line.event(1, "a-1");
    line.event(first["id"], "a-2");
    for (const { id } of [first, second]) line.say({ type: "end", id });
  });
  assert.deepEqual(await Promise.all([exchange.cursors({ evaluation: ID }), exchange.cursors({ after: "b-5" })]), [["a-1", "a-2"], ["b-7"]]);
  assert.equal(exchange.lines.length, 2);
  const again = exchange.lines[1]?.heard.filter(({ type }) => type === "subscribe") ?? [];
  assert.deepEqual(again.map(({ after }) => after), ["a-1", "b-9"]);
});

test("a key that is no longer good ends every feed, with the server's own words", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    line.say({ type: "error", id: null, problem: { type: "", title: "revoked", status: 403, code: "forbidden" } });
    line.drop(4403);
  });
  const refused = (error: unknown) => error instanceof NotAuthorised && error.code === "forbidden";
  await Promise.all([1, 2].map(() => assert.rejects(exchange.cursors({}), refused)));
  const silent = new Exchange((line) => line.drop(4401));
  await assert.rejects(silent.cursors({}), NotAuthorised);
});

test("a feed that is refused ends alone", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    line.say({ type: "error", id: 1, problem: { type: "", title: "none", status: 404, code: "not_found" } });
    line.event(2, "e-1");
    line.say({ type: "end", id: 2 });
  });
  const [, second] = await Promise.all([assert.rejects(exchange.cursors({ evaluation: ID }), NotFound), exchange.cursors({ batch: ID })]);
  assert.deepEqual(second, ["e-1"]);
});

test("trouble that does not end is given up", async () => {
  const exchange = new Exchange((line) => line.drop(1006));
  await assert.rejects(exchange.cursors({}), Unreachable);
  assert.ok(exchange.lines.length > 2);
});

test("who reads too slowly is let go, and goes on behind what it has", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    for (let n = 1; n <= LARGEST_BUFFER + 5; n += 1) line.event(1, `e-${n}`);
    const waits = setInterval(() => {
      if (line.subscribed()["id"] !== 2) return;
      clearInterval(waits);
      line.event(2, "e-last");
      line.say({ type: "end", id: 2 });
    }, 1);
  });
  const cursors = await exchange.cursors({});
  assert.equal(cursors.length, LARGEST_BUFFER + 1);
  assert.equal(cursors.at(-1), "e-last");
  assert.deepEqual(exchange.lines[0]?.heard.at(-2), { type: "unsubscribe", id: 1 });
  assert.equal(exchange.lines[0]?.subscribed()["after"], `e-${LARGEST_BUFFER}`);
});

test("who leaves early unsubscribes, and who calls it off gets their reason", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    line.event(line.subscribed()["id"], "e-1");
  });
  for await (const { cursor } of exchange.socket.follow({})) {
    assert.equal(cursor, "e-1");
    break;
  }
  assert.deepEqual(exchange.lines[0]?.heard.at(-1), { type: "unsubscribe", id: 1 });
  assert.ok(exchange.lines[0]?.closed);
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 5);
  await assert.rejects(collected(exchange.socket.follow({}, { signal: controller.signal })), reason);
});

test("where there is no WebSocket it says so", async (context) => {
  const own = globalThis.WebSocket;
  context.after(() => Object.assign(globalThis, { WebSocket: own }));
  Object.assign(globalThis, { WebSocket: undefined });
  await assert.rejects(collected(new Client({ url: BASE, apiKey: KEY }).socket.follow({})), BadTarget);
});

const BUSY = { type: "", title: "Try again", status: 503, code: "unavailable" };

test("whoever is refused for now comes back, whatever the connection was closed with", async () => {
  for (const [problem, code] of [[BUSY, 1011], [{ ...BUSY, status: 429, code: "rate_limited" }, 4401]] as const) {
    const exchange = new Exchange((line, number) => {
      if (number < 3) {
        line.say({ type: "error", id: null, problem });
        line.drop(code);
        return;
      }
      line.open();
      line.say({ type: "end", id: line.subscribed()["id"] });
    });
    assert.deepEqual(await exchange.cursors({ evaluation: ID }), []);
    assert.equal(exchange.lines.length, 3);
    assert.equal(exchange.pace.waited.length, 2);
  }
});

test("a feed that is refused for now is asked for again behind its last event, on the same connection", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    line.event(line.subscribed()["id"], "e-1");
    line.say({ type: "error", id: line.subscribed()["id"], problem: BUSY });
    setTimeout(() => {
      line.event(line.subscribed()["id"], "e-2");
      line.say({ type: "end", id: line.subscribed()["id"] });
    }, 5);
  });
  assert.deepEqual(await exchange.cursors({ evaluation: ID }), ["e-1", "e-2"]);
  const [line] = exchange.lines;
  assert.equal(exchange.lines.length, 1);
  assert.equal(line?.subscribed()["after"], "e-1");
});

test("a feed that is refused again and again is given up in the end", async () => {
  const exchange = new Exchange((line) => {
    line.open();
    const refuse = (): void => {
      line.say({ type: "error", id: line.subscribed()["id"], problem: BUSY });
      if (!line.closed) setTimeout(refuse, 1);
    };
    refuse();
  });
  await assert.rejects(exchange.cursors({ evaluation: ID }), { status: 503 });
});
