// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const written = (total: number, more: object = {}) => ({ total_bytes: total, head_bytes: total, dropped_bytes: 0, tail_bytes: 0, sha256: "", chunks: 1, ...more });
const VIEW = {
  id: "e1", sequence: 3, status: "completed", outcome: "succeeded", name: "sum.py", language: "python", engine: "gvisor", runtime: "runsc", image: "python",
  submitted_at: "2026-11-26T12:00:00Z", queued_at: "2026-11-26T12:00:00Z", started_at: "2026-11-26T12:00:01Z", completed_at: "2026-11-26T12:00:02Z",
  exit_code: 0, signal: null, limit: null, reached: [], failure_domain: null, detail: "", labels: {}, attempt: 1, max_attempts: 3, attempts: [], priority: "normal",
  limits: { output_bytes: 1 << 20 }, requested: {}, enforced: [], shortfalls: [], usage: null, batch: null, rerun_of: null, trace_id: "0af7", due_at: null,
  artifacts: [], skipped_artifacts: [], artifact_count: 0, artifact_bytes: { total_bytes: 0 }, compiler: written(0), stdout: written(0), stderr: written(0), archived: [],
};
const gone = (code: string, title: string) =>
  Response.json({ type: "", title, status: 410, code, detail: "", request_id: "r-9" }, { status: 410, headers: { "Content-Type": "application/problem+json" } });
const feed = (text: string | undefined) => new Response(text ?? new ReadableStream(), { headers: { "Content-Type": "text/event-stream" } });
const ENDED = "event: end\ndata: {}\n\n";

/** An evaluation, and what is answered below its address. */
function answering(view: object, parts: Readonly<Record<string, () => Response>>) {
  return ({ path }: Asked): object | undefined => (path === "/v1/evaluations/e1" ? { ...VIEW, ...view } : parts[path.replace("/v1/evaluations/e1/", "")]?.());
}

describe("an evaluation", { timeout: 20_000 }, () => {
  it("whose output has expired says so, and what is known of it", async () => {
    const view = { stdout: written(2048, { sha256: "2cf24d" }), stderr: written(5) };
    openPage("/evaluations/e1", answering(view, { events: () => feed(ENDED), output: () => gone("output_expired", "What it wrote is no longer kept") }));
    expect((await screen.findByText("What it wrote is no longer kept")).closest("[role=alert]")?.textContent).toContain("stdout: 2 KiB, SHA-256 of what was recorded 2cf24d");
    expect(await screen.findByText("stderr: 5 B")).toBeTruthy();
    expect(await screen.findByText("There is nothing of it to show.")).toBeTruthy();
  });

  it("whose events are gone still shows what is kept of its output", async () => {
    const output = () => new Response("kept all along\n");
    openPage("/evaluations/e1", answering({ stdout: written(15) }, { events: () => gone("events_trimmed", "The events are gone"), output }));
    expect(await screen.findByText("kept all along")).toBeTruthy();
    expect((await screen.findByText("Not everything of it can be read")).closest("[role=alert]")?.textContent).toContain("request r-9");
  });

  it("that wrote too much says how much of it is kept", async () => {
    const kib = (amount: number) => amount << 10;
    const stdout = written(kib(400), { head_bytes: kib(64), dropped_bytes: kib(272), tail_bytes: kib(64) });
    openPage("/evaluations/e1", answering({ stdout }, { events: () => feed(ENDED), output: () => new Response("x") }));
    expect((await screen.findByText(/were dropped/)).textContent).toMatch(/stdout had 400 KiB; 128 KiB are kept of it, .* 272 KiB between them/);
  });

  it("that wrote nothing asks nobody for it", async () => {
    const { asked } = openPage("/evaluations/e1", answering({}, { events: () => feed(ENDED) }));
    expect(await screen.findByText("It wrote nothing.")).toBeTruthy();
    expect(asked.filter(({ path }) => path.endsWith("/output"))).toEqual([]);
  });

  it("shows where its time went as the server tells, and leads to its trace", async () => {
    const span = (id: string, name: string, begun: number, ended: number, more: object = {}) =>
      ({ id, name, kind: "internal", started_at: `2026-11-26T12:00:0${begun}Z`, ended_at: `2026-11-26T12:00:0${ended}Z`, ...more });
    const spans = [span("evaluation", "evaluation", 0, 3), span("attempt-1", "run attempt", 1, 3, { parent: "evaluation", attempt: 1, end: "succeeded" })];
    const timeline = () => Response.json({ trace_id: "0af7", complete: true, spans });
    openPage("/evaluations/e1?tab=trace", answering({}, { events: () => feed(ENDED), timeline }), { trace_url: "https://grafana.example/t/{trace_id}" });
    const row = (await screen.findByRole("rowheader", { name: /run attempt 1.*succeeded/ })).closest("[role=row]");
    expect(row?.textContent).toContain("2.00 s");
    expect((await screen.findByRole("link", { name: /Open the trace/ })).getAttribute("href")).toBe("https://grafana.example/t/0af7");
  });

  it("names its trace without a link where the system names no address, and says that its events are gone", async () => {
    const timeline = () => gone("events_trimmed", "The events are gone");
    openPage("/evaluations/e1?tab=trace", answering({}, { events: () => feed(ENDED), timeline }));
    expect(await screen.findByText("The events are gone")).toBeTruthy();
    expect(screen.getByText("0af7")).toBeTruthy();
    expect(screen.queryByRole("link", { name: /Open the trace/ })).toBeNull();
  });
});

describe("a browser whose clock is wrong", { timeout: 20_000 }, () => {
  it.each([3_600_000, -3_600_000, 86_400_000])("by %d ms shows durations of the server's clock", async (behind) => {
    const now = () => Date.now() + behind;
    const told = (ago: number) => new Date(now() - ago * 1000).toISOString();
    const view = { status: "running", outcome: null, completed_at: null, submitted_at: told(130), queued_at: told(125), started_at: told(95) };
    const answer = answering(view, { events: () => feed(undefined) });
    openPage("/evaluations/e1", (asked) => {
      const body = answer(asked);
      if (body instanceof Response || body === undefined) return body;
      return Response.json(body, { headers: { Date: new Date(now()).toUTCString() } });
    });
    expect((await screen.findByText(/^ran/)).textContent).toMatch(/^ran 1 m (3[4-9]|[45]\d) s$/);
    expect(screen.getByText(/^submitted/).textContent).toMatch(/^submitted [23] m ago$/);
    expect(screen.getByText(/^waited/).textContent).toBe("waited 30.0 s");
  });
});
