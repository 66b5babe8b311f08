// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { openPage, type Asked } from "../../../test/page";

const QUEUE = {
  lines: [{ tenant: "main", engine: "gvisor", priority: "high", waiting: 3, held: 0, running: 0, oldest_seconds: 90 }],
  tenants: [{ tenant: "main", waiting: 3, running: 0, scheduled: 1, retry_pending: 0, max_queued: 1000, max_running: null }],
  recent: { seconds: 300, started: 0, completed: 0, completed_per_second: 0, wait_p50: 0.2, wait_p95: 1, wait_p99: 2 },
  slots: 2, busy: 2, executors: 2,
};
const executor = (name: string, version: string) => ({
  executor: name, version, slots: 1, busy: 1, draining: false, takes: ["auto", "docker"], started_at: "2026-11-26T12:00:00Z", said_at: "2026-11-26T12:00:00Z",
  engines: [{ name: "docker", runtime: "runc", strength: "container", able: true, warm: 2 }],
});
const WAITS = { id: "e1", sequence: 1, status: "queued", outcome: null, name: "a.py", engine_requested: "gvisor", priority: "high", queued_at: "2026-11-26T12:00:00Z" };

function answered({ path }: Asked): object | undefined {
  if (path === "/v1/queue") return QUEUE;
  if (path === "/v1/executors") return { items: [executor("x1", "1.0"), executor("x2", "1.1")], slots: 2, busy: 2 };
  if (path === "/v1/evaluations") return { items: [WAITS], next_cursor: null };
  if (path === "/v1/evaluations/e1/queue") return { id: "e1", status: "queued", reason: "no_executor", detail: "", ahead: 2, waited_seconds: 90, until: null };
  return undefined;
}

describe("the queue", { timeout: 20_000 }, () => {
  it("says what waits and why, of a line and of each evaluation", async () => {
    const { asked } = openPage("/queue", answered);
    expect(await screen.findByText("no executor takes gvisor")).toBeTruthy();
    expect(await screen.findByText("no executor takes its engine · 2 of its kind before it")).toBeTruthy();
    expect(asked.find(({ path }) => path === "/v1/queue")?.query.get("everybody")).toBe("true");
  });

  it("shows executors, and that they are of two versions", async () => {
    openPage("/queue?own=true", answered);
    expect(await screen.findByRole("rowheader", { name: "x2" })).toBeTruthy();
    expect(screen.getByText("More than one version runs")).toBeTruthy();
    expect(screen.getAllByText(/docker \(runc\), 2 warm/)).toHaveLength(2);
  });
});
