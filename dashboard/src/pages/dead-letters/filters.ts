// Which dead letters are shown: in the address, as everywhere.

import type { LetterFilters } from "~/api/dead-letters";

export interface LetterSearch {
  readonly kind?: "evaluation" | "message";
  readonly reason?: string;
  readonly handler?: string;
  /** The letter that is open. */
  readonly letter?: string;
}

export function letterSearchOf(search: Record<string, unknown>): LetterSearch {
  const { kind } = search;
  const [reason, handler, letter] = [textOf(search["reason"]), textOf(search["handler"]), textOf(search["letter"])];
  return {
    ...((kind === "evaluation" || kind === "message") && { kind }),
    ...(reason !== undefined && { reason }),
    ...(handler !== undefined && { handler }),
    ...(letter !== undefined && { letter }),
  };
}

export function letterFiltersOf({ kind, reason, handler }: LetterSearch): LetterFilters {
  return { kind, reason, handler };
}

/** The payload for people: JSON laid out, text as it is, and bytes as what they are. */
export function payloadOf(letter: { readonly payload: unknown; readonly payload_base64: string | null }): string {
  if (letter.payload !== null && letter.payload !== undefined) return JSON.stringify(letter.payload, null, 2);
  if (letter.payload_base64 === null) return "";
  const bytes = Uint8Array.from(atob(letter.payload_base64), (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  }
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? undefined : text;
}
