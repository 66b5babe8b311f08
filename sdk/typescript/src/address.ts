// Addresses of requests, made of what the caller gives: whatever that contains, it stays one segment or one value.

import { BadTarget } from "./errors.ts";

/** The address of the API without what follows it. `BadTarget` if it cannot be one. */
export function baseOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new BadTarget(`${url} is no address`, { cause: error });
  }
  if (!["http:", "https:"].includes(parsed.protocol) || parsed.username || parsed.password) {
    throw new BadTarget(`${url} is no address: it begins with http:// or https://, and names nobody`);
  }
  return parsed.origin + parsed.pathname.replace(/\/+$/, "");
}

/** A key as a header may hold it, or none at all: the server's answer then says what is missing. */
export function keyOf(apiKey: string): string {
  const key = apiKey.trim();
  if (!/^[!-~]*$/.test(key)) throw new BadTarget("the API key holds characters that no key has");
  return key;
}

/** An id or a name as one segment of a path. */
export function segment(text: string): string {
  // Those lead elsewhere however they are written: an address has no other spelling for them.
  if (["", ".", ".."].includes(text)) throw new BadTarget(`"${text}" is no id and no name`);
  try {
    return encodeURIComponent(text);
  } catch (error) {
    throw new BadTarget("an id or a name is Unicode text", { cause: error });
  }
}

/** `template` with each `{name}` replaced. */
export function expand(template: string, values: object = {}): string {
  const given = new Map<string, unknown>(Object.entries(values));
  return template.replace(/\{(\w+)\}/g, (_, name: string) => segment(String(given.get(name) ?? "")));
}

/** The values of a query: lists are repeated, what is undefined or null is left out. */
export function queryOf(values: object = {}): string {
  const query = new URLSearchParams();
  const entries: [string, unknown][] = Object.entries(values);
  for (const [name, value] of entries) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined && one !== null) query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
