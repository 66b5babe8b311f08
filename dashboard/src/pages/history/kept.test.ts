// @vitest-environment jsdom
import { expect, it } from "vitest";
import { chosenColumns, columnsOf, DEFAULT_COLUMNS } from "./columns";
import { readKept, viewsOf, withView } from "./kept";

it("reads views back, and passes over what is none", () => {
  const kept = JSON.stringify([{ name: "mine", filters: { status: ["queued", "nonsense"], q: "x" } }, { name: "" }, 5, null, { name: "n", filters: 1 }]);
  expect(viewsOf(readKept(kept))).toEqual([{ name: "mine", filters: { status: ["queued"], q: "x" } }]);
});

it.each([undefined, "", "{", "5", '"x"', "null", '{"name":1}'])("finds no views in %j", (text) => {
  expect(viewsOf(readKept(text))).toEqual([]);
});

it("keeps views by their names", () => {
  const views = withView(withView(withView([], { name: "b", filters: {} }), { name: "a", filters: {} }), { name: "b", filters: { q: "x" } });
  expect(views).toEqual([{ name: "a", filters: {} }, { name: "b", filters: { q: "x" } }]);
});

it.each([undefined, [], ["gone"], "status"])("shows the usual columns where %j was kept", (kept) => {
  expect(chosenColumns(kept)).toEqual(DEFAULT_COLUMNS);
});

it("shows the columns that were chosen, in their own order", () => {
  expect(columnsOf(chosenColumns(["id", "name", "gone"])).map(({ id }) => id)).toEqual(["name", "id"]);
});
