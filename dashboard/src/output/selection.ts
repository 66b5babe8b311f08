// Lines that an address names: `#L120` or `#L120-L135`, from 1.

export interface LineRange {
  readonly first: number;
  readonly last: number;
}

const FORM = /^#?L([1-9]\d{0,8})(?:-L?([1-9]\d{0,8}))?$/;

export function rangeOf(hash: string): LineRange | undefined {
  const match = FORM.exec(hash);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return { first: Math.min(first, last), last: Math.max(first, last) };
}

export function hashOf({ first, last }: LineRange): string {
  return first === last ? `L${first}` : `L${first}-L${last}`;
}
