// How far the rows of answers were behind the log when they were read: each answer says it of itself (Cloche-Read-Lag).

export interface ReadLag {
  /** Of the log, beyond the rows. */
  readonly events: number;
  /** Age of the first of them. */
  readonly seconds: number;
}

export interface SaidLag extends ReadLag {
  /** When the answer came, by the server's clock. Milliseconds since 1970. */
  readonly at: number;
}

/** What the header says; undefined where it says nothing that can be believed. */
export function lagOf(header: string | null): ReadLag | undefined {
  const members = new Map((header ?? "").split(",").map((member) => {
    const [name = "", value = ""] = member.split("=");
    return [name.trim(), value.trim()];
  }));
  const [events, seconds] = [members.get("events") ?? "", members.get("seconds") ?? ""];
  if (!/^\d+$/.test(events) || !/^\d+(\.\d+)?$/.test(seconds)) return undefined;
  return { events: Number(events), seconds: Number(seconds) };
}

/** What the last answer of each path said. An answer that says nothing takes back what the one before said. */
export class ReadLags {
  readonly #said = new Map<string, SaidLag>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  of(path: string): SaidLag | undefined {
    return this.#said.get(path);
  }

  hear(path: string, header: string | null, at: number): void {
    const lag = lagOf(header);
    if (lag === undefined && !this.#said.has(path)) return;
    if (lag === undefined) this.#said.delete(path);
    else this.#said.set(path, { ...lag, at });
    for (const listener of this.#listeners) listener();
  }
}
