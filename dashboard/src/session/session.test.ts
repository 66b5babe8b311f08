import { expect, it } from "vitest";
import { SessionStore } from "./session";

class Memory implements Storage {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  clear(): void {
    this.#items.clear();
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(name: string): string | null {
    return this.#items.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.#items.set(name, value);
  }
  removeItem(name: string): void {
    this.#items.delete(name);
  }
}

const tab = (storage: Storage = new Memory()): SessionStore => new SessionStore(storage, new BroadcastChannel("test"));
/** Messages between tabs take their time. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

it("keeps the key in its tab until one signs out", () => {
  const storage = new Memory();
  const first = new SessionStore(storage, undefined);
  first.signIn("secret");
  const reloaded = new SessionStore(storage, undefined);
  expect(reloaded.current()).toEqual({ kind: "in", key: "secret" });
  reloaded.signOut();
  expect(storage.length).toBe(0);
  expect(reloaded.current()).toEqual({ kind: "out", why: undefined });
});

it("is asked for by a new tab beside it, and ends in all of them", async () => {
  const first = tab();
  first.signIn("secret");
  const second = tab();
  await until(() => second.current().kind === "in");
  expect(second.current()).toEqual({ kind: "in", key: "secret" });
  second.signOut();
  await until(() => first.current().kind === "out");
});

it("ends when its key is refused, and not for an answer to another key", () => {
  const store = new SessionStore(new Memory(), undefined);
  store.signIn("new");
  store.refused("old", "revoked");
  expect(store.current().kind).toBe("in");
  store.refused("new", "revoked");
  expect(store.current()).toEqual({ kind: "out", why: "revoked" });
});
