// Finding words in a log that still grows: what was searched once is not searched again.

import type { OutputLog } from "./log";

export interface Wanted {
  readonly words: string;
  readonly regex: boolean;
  readonly caseMatters: boolean;
}

/** The expression for what is wanted; undefined if it wants nothing, or is none. */
export function patternOf({ words, regex, caseMatters }: Wanted): RegExp | undefined {
  if (words === "") return undefined;
  try {
    return new RegExp(regex ? words : words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), caseMatters ? "g" : "gi");
  } catch {
    return undefined;
  }
}

// So many characters are looked through at a time; then the page may draw.
const AT_A_TIME = 2_000_000;

export class Finder {
  /** Indices of lines that match, in order. */
  readonly found: number[] = [];
  readonly #pattern: RegExp;
  #next = 0;

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  /** Look on; whether all of it has been looked through. The last line may still grow, so it is looked at again. */
  advance(log: OutputLog): boolean {
    let characters = 0;
    if (this.#next > 0) {
      this.#next -= 1;
      if (this.found.at(-1) === this.#next) this.found.pop();
    }
    while (this.#next < log.count) {
      if (characters > AT_A_TIME) return false;
      const text = log.text(this.#next);
      characters += text.length + 1;
      this.#pattern.lastIndex = 0;
      if (this.#pattern.test(text)) this.found.push(this.#next);
      this.#next += 1;
    }
    return true;
  }
}

export interface Stretch {
  readonly text: string;
  readonly hit: boolean;
}

const MOST_HITS = 200;

/** A line's text, cut where the pattern matches. */
export function stretchesOf(text: string, pattern: RegExp): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  let hits = 0;
  // A copy begins at the beginning; the pattern itself remembers where it last was.
  for (const match of text.matchAll(new RegExp(pattern))) {
    if (match[0] === "") continue;
    if (match.index > from) stretches.push({ text: text.slice(from, match.index), hit: false });
    stretches.push({ text: match[0], hit: true });
    from = match.index + match[0].length;
    hits += 1;
    if (hits === MOST_HITS) break;
  }
  if (from < text.length) stretches.push({ text: text.slice(from), hit: false });
  return stretches;
}
