// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { openPage, type Asked } from "../../../test/page";
import { behind } from "./parts";

const NOON = "2026-11-26T12:00:00Z";
const part = (name: string, more: object) => ({ name, status: "up", detail: "", ...more });
const HEALTH = {
  status: "degraded",
  at: NOON,
  problems: ["read_models: no answer within 2 s", "projector: it is 90 s behind"],
  edges: [
    part("log", { latency_seconds: 0.0021, breaker: "closed" }),
    { name: "read_models", status: "down", detail: "no answer within 2 s", latency_seconds: null, breaker: "half_open" },
  ],
  services: [{ service: "executor", status: "up", detail: "", instance: "x1", version: "1.2", heard_at: NOON, silent_seconds: 1.5 }],
  jobs: [{ name: "dispatcher", held: true }, { name: "scheduler", held: false }],
  streams: [part("EVALUATIONS", { messages: 1200, bytes: 1 << 20, max_bytes: 4 << 20, first_sequence: 1, last_sequence: 1200, replicas: 3, replicas_behind: 1, leader: "n1" })],
  consumers: [part("work-auto-normal", {
    stream: "WORK", pending: 7, unacked: 2, redelivered: 1, waiting_pulls: 0, delivered_sequence: 9, ack_floor_sequence: 7, lag_seconds: 4.5,
  })],
  projector: { status: "degraded", detail: "it is 90 s behind", sequence: 1188, lag: 12, lag_seconds: 90 },
  archiver: { status: "up", detail: "", sequence: 1200, lag: 0, lag_seconds: 0 },
};
const READY = { status: "ok", service: "gateway", instance: "g1", checks: { log: true }, alarm: null, breakers: {} };

function answered({ path }: Asked): object | undefined {
  if (path === "/v1/health") return HEALTH;
  if (path === "/v1/queue") return { lines: [], tenants: [], recent: {}, slots: 2, busy: 1, executors: 1 };
  if (path === "/v1/usage") return { items: [], uncounted: 0, objects_at: NOON };
  return path === "/v1/projections" ? { items: [] } : undefined;
}

const row = async (name: string) => within((await screen.findByRole("rowheader", { name })).closest("tr") ?? document.body);

describe("the health of the platform", { timeout: 20_000 }, () => {
  it("is told to operators part by part, and what is wrong in sentences", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json(READY)));
    openPage("/health", answered);
    expect(await screen.findByText("Something is wrong")).toBeTruthy();
    expect(screen.getAllByText("read_models: no answer within 2 s")).toHaveLength(1);
    const edge = await row("Read models (PostgreSQL)");
    expect([edge.getByText("down"), edge.getByText("half open")]).toHaveLength(2);
    expect((await row("Log (NATS)")).getByText("2 ms")).toBeTruthy();
    expect((await row("executor")).getByText("1.2")).toBeTruthy();
    expect((await row("EVALUATIONS")).getByText(/1 MiB, 25 % of its room/)).toBeTruthy();
    expect((await row("work-auto-normal")).getByText("4.50 s")).toBeTruthy();
    expect((await row("projector")).getByText("12 events behind, the oldest 1 m 30 s old")).toBeTruthy();
    expect((await row("archiver")).getByText("everything is read")).toBeTruthy();
    expect((await row("scheduler")).getByText("no gateway does it at this moment")).toBeTruthy();
  });

  it("is as much as a key may know to others, who ask for no more", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json(READY)));
    const { asked } = openPage("/health", answered, { scopes: ["read"] });
    expect(await screen.findByText(/are shown to keys with the scope operate/)).toBeTruthy();
    expect(await screen.findByText("gateway is ready")).toBeTruthy();
    expect(await screen.findByText(/1 of 2 slots/)).toBeTruthy();
    expect(asked.filter(({ path }) => path === "/v1/health" || path === "/v1/projections")).toEqual([]);
  });
});

it("does not make a number of what is not known", () => {
  const reader = { status: "up", detail: "", sequence: 5, lag: null, lag_seconds: null } as const;
  expect(behind(reader)).toBe("how far behind is not known");
  expect(behind({ ...reader, lag: 1 })).toBe("1 event behind");
});
