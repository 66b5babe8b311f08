// What a terminal would make of a line: pure, and text only. Colours and weights are kept; every other control
// sequence, links and titles among them, is dropped.

/** A colour: one of the sixteen of the palette, or `#rrggbb`. */
export type Colour = number | `#${string}`;

export interface Style {
  readonly foreground?: Colour;
  readonly background?: Colour;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly inverse?: true;
  readonly hidden?: true;
}

/** Text that looks the same throughout. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export const PLAIN: Style = {};

// CSI sequences; OSC, DCS, SOS, PM and APC strings up to their end or that of the line; other escapes; control characters.
const SEQUENCE = new RegExp(
    [
      "[\\u001b]\\[([0-9:;<=>?]*)[ -/]*([@-~])",
      "[\\u001b][\\]PX^_][^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c|$)",
      "[\\u001b][ -/]*[0-~]?",
      "\\u009b([0-9:;<=>?]*)[ -/]*([@-~])",
      "[\\u0000-\\u0008\\u000b-\\u001a\\u001c-\\u001f\\u007f-\\u009f]",
    ].join("|"),
    "g",
);
const SPECIAL = /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}]/u;

/** Whether a line is only what it says. */
export function isPlain(line: string): boolean {
  return !SPECIAL.test(line);
}

/** The style behind a line that began with `style`. */
export function styleAfter(line: string, style: Style): Style {
  if (!line.includes("\u001b") && !line.includes("\u009b")) return style;
  let now = style;
  for (const match of line.matchAll(SEQUENCE)) now = styleOf(match, now);
  return now;
}

/** What is seen of a line: what `\r` and backspace wrote over is gone. */
export function spansOf(line: string, begin: Style = PLAIN): readonly Span[] {
  if (isPlain(line)) return line === "" ? [] : [{ text: line, style: begin }];
  const screen = new Screen();
  let style = begin;
  let from = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    screen.write(line.slice(from, match.index), style);
    from = match.index + match[0].length;
    style = styleOf(match, style);
    screen.control(match[0], match[2] ?? match[4], match[1] ?? match[3] ?? "");
  }
  screen.write(line.slice(from), style);
  return screen.spans();
}

/** The text of a line alone. */
export function textOf(line: string): string {
  return isPlain(line) ? line : spansOf(line).map((span) => span.text).join("");
}

/** One row of a terminal: characters are written where the cursor is. */
class Screen {
  readonly #cells: { text: string; style: Style }[] = [];
  #column = 0;

  write(text: string, style: Style): void {
    for (const character of text) {
      // What is joined to the character before it takes no cell of its own.
      const before = this.#column > 0 ? this.#cells[this.#column - 1] : undefined;
      if (before !== undefined && /^(?:\p{M}|\u200d|\ufe0f)/u.test(character)) {
        before.text += character;
        continue;
      }
      while (this.#cells.length < this.#column) this.#cells.push({ text: " ", style: PLAIN });
      this.#cells[this.#column] = { text: character, style };
      this.#column += 1;
    }
  }

  control(sequence: string, final: string | undefined, parameters: string): void {
    const amount = Math.min(Number.parseInt(parameters, 10) || 0, MOST_COLUMNS);
    if (sequence === "\r") this.#column = 0;
    else if (sequence === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (final === "K") this.#erase(amount);
    else if (final === "G") this.#column = Math.max(0, amount - 1);
    else if (final === "C") this.#column = Math.min(MOST_COLUMNS, this.#column + Math.max(1, amount));
    else if (final === "D") this.#column = Math.max(0, this.#column - Math.max(1, amount));
  }

  spans(): Span[] {
    const spans: { text: string; style: Style }[] = [];
    for (const cell of this.#cells) {
      const last = spans.at(-1);
      if (last?.style === cell.style) last.text += cell.text;
      else spans.push({ ...cell });
    }
    return spans;
  }

  #erase(what: number): void {
    if (what === 0) this.#cells.length = Math.min(this.#cells.length, this.#column);
    else if (what === 1) for (let n = 0; n < Math.min(this.#column + 1, this.#cells.length); n += 1) this.#cells[n] = { text: " ", style: PLAIN };
    else this.#cells.length = 0;
  }
}

// A cursor is moved by who wrote the program: not beyond what a line may hold.
const MOST_COLUMNS = 10_000;

function styleOf(match: RegExpExecArray, style: Style): Style {
  const final = match[2] ?? match[4];
  return final === "m" && !/[<=>?]/.test(match[0]) ? selected(match[1] ?? match[3] ?? "", style) : style;
}

/** SGR: select graphic rendition. */
function selected(parameters: string, style: Style): Style {
  const codes = parameters.split(/[;:]/).map((code) => Number(code || "0"));
  let now: { -readonly [K in keyof Style]: Style[K] } = { ...style };
  for (let n = 0; n < codes.length; n += 1) {
    const code = codes[n] ?? 0;
    if (code === 0) now = {};
    else if (code === 1) now.bold = true;
    else if (code === 2) now.dim = true;
    else if (code === 3) now.italic = true;
    else if (code === 4) now.underline = true;
    else if (code === 7) now.inverse = true;
    else if (code === 8) now.hidden = true;
    else if (code === 9) now.strike = true;
    else if (code === 22) now = without(now, "bold", "dim");
    else if (code === 23) now = without(now, "italic");
    else if (code === 24) now = without(now, "underline");
    else if (code === 27) now = without(now, "inverse");
    else if (code === 28) now = without(now, "hidden");
    else if (code === 29) now = without(now, "strike");
    else if (code >= 30 && code <= 37) now.foreground = code - 30;
    else if (code >= 90 && code <= 97) now.foreground = code - 90 + 8;
    else if (code === 39) now = without(now, "foreground");
    else if (code >= 40 && code <= 47) now.background = code - 40;
    else if (code >= 100 && code <= 107) now.background = code - 100 + 8;
    else if (code === 49) now = without(now, "background");
    else if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(n + 1));
      n += used;
      if (colour !== undefined) now[code === 38 ? "foreground" : "background"] = colour;
    }
  }
  return Object.keys(now).length === 0 ? PLAIN : now;
}

function without(style: Style, ...keys: (keyof Style)[]): Style {
  const rest: { -readonly [P in keyof Style]: Style[P] } = { ...style };
  for (const key of keys) Reflect.deleteProperty(rest, key);
  return rest;
}

/** The colour behind a 38 or 48, and how many codes it took. */
function extended(codes: readonly number[]): { readonly colour: Colour | undefined; readonly used: number } {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 5) return { colour: indexed(first), used: 2 };
  if (kind === 2) return { colour: rgb(first, second, third), used: 4 };
  return { colour: undefined, used: 1 };
}

/** One of 256: the palette, a cube of 6 × 6 × 6, and 24 greys. */
function indexed(index: number): Colour | undefined {
  if (!Number.isInteger(index) || index < 0 || index > 255) return undefined;
  if (index < 16) return index;
  if (index >= 232) return rgb(8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10);
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  const place = index - 16;
  return rgb(level(Math.floor(place / 36)), level(Math.floor(place / 6) % 6), level(place % 6));
}

function rgb(...parts: readonly number[]): Colour | undefined {
  if (parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
