// Keys of the whole page. A page adds its own with `useKeys`; the help lists what is there.

import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

export interface Key {
  /** As `KeyboardEvent.key`; two with a space between are pressed after one another: `g h`. */
  readonly keys: string;
  readonly does: string;
  readonly run: () => void;
}

const TOGETHER_MILLISECONDS = 1000;

class KeyBook {
  #shown: readonly Key[] = [];
  readonly #sets = new Set<readonly Key[]>();
  readonly #listeners = new Set<() => void>();
  #before: { readonly key: string; readonly at: number } | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): readonly Key[] => this.#shown;

  add(keys: readonly Key[]): () => void {
    this.#sets.add(keys);
    this.#changed();
    return () => {
      this.#sets.delete(keys);
      this.#changed();
    };
  }

  /** What was pressed, unless somebody is writing. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (event.key === "Enter" && isPressable(event.target)) return;
    const before = this.#before;
    const both = before && event.timeStamp - before.at < TOGETHER_MILLISECONDS ? `${before.key} ${event.key}` : undefined;
    // Who came last, a page, comes before the shell.
    const all = [...this.#shown].reverse();
    const found = all.find((one) => one.keys === both) ?? all.find((one) => one.keys === event.key);
    this.#before = found ? undefined : { key: event.key, at: event.timeStamp };
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  }

  #changed(): void {
    this.#shown = [...this.#sets].flat();
    for (const listener of this.#listeners) listener();
  }
}

export const keyBook = new KeyBook();

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.closest("[role='dialog']") !== null;
}

/** Enter is its own: it follows the link, or presses the button. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a[href], button, summary, [role='button'], [role='menuitem'], [role='option']") !== null;
}

/** Keys that work while the caller is shown. What they do may change; which there are may not. */
export function useKeys(keys: readonly Key[]): void {
  const press = useEffectEvent((name: string) => keys.find((one) => one.keys === name)?.run());
  const names = JSON.stringify(keys.map(({ keys: name, does }) => [name, does]));
  useEffect(() => {
    const told = JSON.parse(names) as [string, string][];
    return keyBook.add(told.map(([name, does]) => ({ keys: name, does, run: () => press(name) })));
  }, [names]);
}

/** Listen, while the caller is shown. */
export function useKeyboard(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => keyBook.press(event);
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}

export function useAllKeys(): readonly Key[] {
  return useSyncExternalStore(keyBook.subscribe, keyBook.current);
}
