// The draft of this browser: kept while it is written, so that no reload loses it.

import { useCallback, useEffect, useState } from "react";
import { EMPTY, type Draft } from "./draft";

const NAME = "cloche.draft";
const PAUSE_MILLISECONDS = 400;
// A store of a browser holds about 5 MB.
const MOST_CHARACTERS = 2_000_000;

export interface StoredDraft {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly replace: (draft: Draft) => void;
  /** false where it is too large to be kept. */
  readonly kept: boolean;
}

export function useStoredDraft(): StoredDraft {
  const [draft, setDraft] = useState(stored);
  const text = JSON.stringify(draft);
  const kept = text.length <= MOST_CHARACTERS;
  useEffect(() => {
    const timer = setTimeout(() => keep(kept ? text : undefined), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, kept]);
  const change = useCallback((changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes })), []);
  return { draft, change, replace: setDraft, kept };
}

function keep(text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, text);
  } catch {
    // The browser keeps nothing; the page works without.
  }
}

function stored(): Draft {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(NAME) ?? "null");
    // A draft of an older page lacks what is newer.
    return typeof value === "object" && value !== null ? { ...EMPTY, ...value } : EMPTY;
  } catch {
    return EMPTY;
  }
}
