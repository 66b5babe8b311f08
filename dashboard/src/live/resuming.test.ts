import { NotFound, Unreachable, type FeedEvent } from "cloche";
import { describe, expect, it, vi } from "vitest";
import { ConnectionStore, STALE_MILLISECONDS } from "./connection";
import { resume } from "./resuming";

const event = (cursor: string): FeedEvent => ({ cursor, name: "unknown", data: {}, envelope: { subject: cursor } }) as FeedEvent;

async function* brings(cursors: readonly string[], then?: Error): AsyncGenerator<FeedEvent, void, undefined> {
  yield* cursors.map(event);
  await Promise.resolve();
  if (then) throw then;
}

describe("a feed that breaks off", () => {
  it("goes on behind the last event, and tells each once", async () => {
    const asked: (string | undefined)[] = [];
    const heard: string[] = [];
    const feeds = [brings(["a", "b"], new Unreachable("cut")), brings([], new Unreachable("down")), brings(["c"])];
    await resume(
      (after) => {
        asked.push(after);
        return feeds.shift() ?? brings([]);
      },
      {
        signal: new AbortController().signal,
        onEvent: (one) => heard.push(one.cursor),
        onBreak: (_why, _next, retry) => retry(),
      },
    );
    expect(asked).toEqual([undefined, "b", "b"]);
    expect(heard).toEqual(["a", "b", "c"]);
  });

  it("waits longer each time, until something comes", async () => {
    const waits: number[] = [];
    const down = () => brings([], new Unreachable("down"));
    const feeds = [down(), down(), down(), brings(["a"], new Unreachable("cut")), brings([])];
    await resume(() => feeds.shift() ?? brings([]), {
      signal: new AbortController().signal,
      onEvent: () => undefined,
      random: () => 1,
      onBreak: (_why, next, retry) => {
        waits.push(Math.round((next - Date.now()) / 100) * 100);
        retry();
      },
    });
    expect(waits).toEqual([500, 1000, 2000, 500]);
  });

  it("is given up for a refusal", async () => {
    const refusal = new NotFound({ type: "", title: "Not found", status: 404, code: "not_found" });
    const trying = resume(() => brings([], refusal), { signal: new AbortController().signal, onEvent: () => undefined });
    await expect(trying).rejects.toBe(refusal);
  });

  it("is left alone by who has gone", async () => {
    const leaving = new AbortController();
    await resume(() => brings(["a"], new Unreachable("cut")), {
      signal: leaving.signal,
      onEvent: () => undefined,
      onBreak: () => leaving.abort(),
    });
    expect(leaving.signal.aborted).toBe(true);
  });
});

describe("a connection", () => {
  it("is live, goes stale in silence, and is live again with the next byte", () => {
    vi.useFakeTimers();
    try {
      const connection = new ConnectionStore();
      const stop = connection.subscribe(() => undefined);
      expect(connection.current().kind).toBe("connecting");
      connection.heard();
      vi.advanceTimersByTime(STALE_MILLISECONDS);
      expect(connection.current().kind).toBe("live");
      vi.advanceTimersByTime(2000);
      expect(connection.current().kind).toBe("stale");
      connection.heard();
      expect(connection.current().kind).toBe("live");
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it("remembers since when it has been away, over all tries", () => {
    let now = 1000;
    const connection = new ConnectionStore(() => now);
    connection.broke("cut", 2000, () => undefined);
    now = 5000;
    connection.broke("still", 9000, () => undefined);
    expect(connection.current()).toEqual({ kind: "reconnecting", since: 1000, next: 9000, why: "still" });
  });
});
