// Times and lengths of time as people read them. All pure: now is an argument.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time: `840 µs`, `12 ms`, `3.42 s`, `1 m 05 s`, `2 h 03 m`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  const all = Math.max(0, milliseconds);
  if (all === 0) return "0 s";
  if (all < 1) return `${Math.round(all * 1000)} µs`;
  if (all < SECOND) return `${Math.round(all)} ms`;
  if (all < 10 * SECOND) return `${(all / SECOND).toFixed(2)} s`;
  if (all < MINUTE) return `${(all / SECOND).toFixed(1)} s`;
  if (all < HOUR) return `${Math.floor(all / MINUTE)} m ${padded((all % MINUTE) / SECOND)} s`;
  if (all < DAY) return `${Math.floor(all / HOUR)} h ${padded((all % HOUR) / MINUTE)} m`;
  return `${Math.floor(all / DAY)} d ${Math.floor((all % DAY) / HOUR)} h`;
}

/** The same of something that still goes on: whole seconds, so that it ticks evenly. */
export function ticking(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / SECOND);
  return seconds < 60 ? `${seconds} s` : duration(seconds * SECOND);
}

/** How long ago, or in how long: `just now`, `12 s ago`, `3 m ago`, `in 2 h`, `4 d ago`. */
export function relative(then: number, now: number): string {
  const apart = Math.abs(now - then);
  if (apart < 2 * SECOND) return "just now";
  const [size, letter] = apart < MINUTE ? [SECOND, "s"] : apart < HOUR ? [MINUTE, "m"] : apart < DAY ? [HOUR, "h"] : [DAY, "d"];
  const words = `${Math.floor(apart / size)} ${letter}`;
  return then > now ? `in ${words}` : `${words} ago`;
}

/** `2026-11-26 22:04:25.120` in the reader's own time zone. */
export function local(then: number): string {
  const at = new Date(then - new Date(then).getTimezoneOffset() * MINUTE);
  return at.toISOString().replace("T", " ").replace("Z", "");
}

/** The same in UTC, as the wire has it. */
export function utc(then: number): string {
  return new Date(then).toISOString();
}

/** Milliseconds between two times of the wire; undefined while one is missing. */
export function between(from: string | null | undefined, to: string | null | undefined): number | undefined {
  return from && to ? Date.parse(to) - Date.parse(from) : undefined;
}

function padded(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
