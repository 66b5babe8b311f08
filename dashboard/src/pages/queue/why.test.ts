import { expect, it } from "vitest";
import type { ExecutorState } from "~/api/queue";
import { placeWords, versionsOf, whyOf } from "./why";

const executor = (changes: Partial<ExecutorState>): ExecutorState =>
  ({ executor: "e", version: "1", slots: 2, busy: 0, draining: false, takes: ["auto", "docker"], engines: [], ...changes }) as ExecutorState;
const queue = { slots: 2, busy: 2, executors: 1 };
const line = { waiting: 3, held: 0, engine: "docker" } as const;

it.each<[string, Parameters<typeof whyOf>, string]>([
  ["nothing waits", [{ ...line, waiting: 0 }, queue, []], ""],
  ["nobody is there", [line, { ...queue, executors: 0 }, []], "no executor is there"],
  ["nobody takes it", [{ ...line, engine: "gvisor" }, queue, [executor({})]], "no executor takes gvisor"],
  ["who takes it is leaving", [line, queue, [executor({ draining: true })]], "no executor takes docker"],
  ["all is in use", [line, queue, [executor({ busy: 2 })]], "every slot is in use"],
  ["another engine's executor is free", [line, { ...queue, busy: 2, slots: 4 }, [executor({ busy: 2 }), executor({ takes: ["gvisor"] })]], "every slot is in use"],
  ["somebody is free", [line, queue, [executor({ busy: 1 })]], "being taken on"],
  ["some are held", [{ ...line, held: 2 }, queue, [executor({ busy: 2 })]], "2 held back until it is the tenant's turn; every slot is in use"],
  ["all are held", [{ ...line, held: 3 }, queue, [executor({})]], "3 held back until it is the tenant's turn"],
  ["executors may not be seen", [line, queue, undefined], "every slot is in use"],
])("where %s", (_what, terms, words) => {
  expect(whyOf(...terms)).toBe(words);
});

it("says where one stands", () => {
  expect(placeWords({ reason: "turn", detail: "", ahead: 4 })).toBe("other tenants' turn · 4 of its kind before it");
  expect(placeWords({ reason: null, detail: "", ahead: 0 })).toBe("being taken on · next of its kind");
  expect(placeWords({ reason: "no_executor", detail: "gvisor", ahead: null })).toBe("no executor takes its engine · gvisor");
});

it("counts versions", () => {
  expect(versionsOf([executor({}), executor({ version: "2" }), executor({ version: "2" }), executor({ version: "" })])).toEqual([["2", 2], ["1", 1], ["unknown", 1]]);
});
