// Amounts of bytes and counts as people read them.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `0 B`, `512 B`, `1.5 KiB`, `64 MiB`. */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit === 0 || value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${UNITS[unit] ?? "B"}`;
}

const COUNTS = new Intl.NumberFormat("en");

/** `1,234,567`. */
export function count(amount: number): string {
  return COUNTS.format(amount);
}

/** `1 slot`, `2 slots`: regular nouns only. */
export function counted(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}
