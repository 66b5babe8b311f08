import { Client, type EvaluationView } from "cloche";
import { expect, it, vi } from "vitest";
import type { System } from "~/api/system";
import { AT_A_TIME_MILLISECONDS } from "~/live/breath";
import { OutputLog } from "~/output/log";
import { RunFeed, SLICE_BYTES } from "./run-feed";

const MIB = 1 << 20;
const nothing = { total_bytes: 0, head_bytes: 0, dropped_bytes: 0, tail_bytes: 0 };

/** A feed of an evaluation that is over, whose stdout comes in one piece. */
function feedOf(stdout: Uint8Array<ArrayBuffer>, summary: object): RunFeed {
  const fetch = (url: string): Promise<Response> =>
    Promise.resolve(url.includes("/output") ? new Response(stdout) : new Response("event: end\ndata: {}\n\n", { headers: { "Content-Type": "text/event-stream" } }));
  const client = new Client({ url: "http://gateway", apiKey: "k", fetch });
  const view = { id: "e1", status: "completed", attempt: 1, compiler: nothing, stderr: nothing, stdout: { ...nothing, ...summary } };
  return new RunFeed({ client, feeds: client } as unknown as System, view as unknown as EvaluationView);
}

async function taken(feed: RunFeed): Promise<void> {
  const stop = feed.subscribe(() => undefined);
  await vi.waitFor(() => expect(feed.current().complete).toBe(true), { timeout: 20_000 });
  stop();
}

it("takes megabytes in slices, between which everything else has its turn", async () => {
  const text = new TextEncoder().encode("a line of sixty-four characters, as programs may well write them\n".repeat(150_000));
  expect(text.length).toBeGreaterThan(9 * MIB);
  const push = vi.spyOn(OutputLog.prototype, "push");
  // Each slice takes as long as may go by without a turn, on a machine of any speed.
  const clock = vi.spyOn(performance, "now").mockImplementation(() => push.mock.calls.length * AT_A_TIME_MILLISECONDS);
  const feed = feedOf(text, { total_bytes: text.length, head_bytes: text.length });
  let turns = 0;
  let waits = true;
  const look = (): void => {
    turns += 1;
    if (waits) setImmediate(look);
  };
  look();
  await taken(feed);
  waits = false;
  clock.mockRestore();
  expect(feed.current().error).toBeUndefined();
  expect(feed.current().output.log.count).toBe(150_000);
  expect(Math.max(...push.mock.calls.map(([piece]) => piece.data.length))).toBeLessThanOrEqual(SLICE_BYTES);
  expect(turns).toBeGreaterThanOrEqual(push.mock.calls.length / 2 - 1);
  expect(push.mock.calls.length).toBeGreaterThan(20);
});

it("keeps the place of what was dropped when it is cut into slices", async () => {
  const [head, tail] = [5 * MIB, 100];
  const text = new TextEncoder().encode(`${"x".repeat(1023)}\n`.repeat(head / 1024) + "x".repeat(tail));
  const feed = feedOf(text, { total_bytes: head + tail + 77, head_bytes: head, dropped_bytes: 77, tail_bytes: tail });
  await taken(feed);
  const { log } = feed.current().output;
  expect([log.count, log.text(head / 1024)]).toEqual([head / 1024 + 2, "77 bytes of stdout were not kept"]);
});
