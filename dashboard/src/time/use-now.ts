// The server's time, ticking: one timer for everything on the page that shows it.

import { useSyncExternalStore } from "react";
import { useSystem } from "~/api/system";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
const TICK_MILLISECONDS = 1000;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const one of listeners) one();
  }, TICK_MILLISECONDS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const never = (): (() => void) => () => undefined;

/** Milliseconds of the server's clock, anew each second while `goesOn`. Cut to seconds, so that all show the same. */
export function useNow(goesOn = true): number {
  const { clock } = useSystem();
  return useSyncExternalStore(goesOn ? subscribe : never, () => Math.floor(clock.now() / TICK_MILLISECONDS) * TICK_MILLISECONDS);
}

/** Milliseconds by which the server's clock is ahead of this machine's, looked at each second. */
export function useAhead(): number {
  const { clock } = useSystem();
  return useSyncExternalStore(subscribe, () => clock.ahead);
}
