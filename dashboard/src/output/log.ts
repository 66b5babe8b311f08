// What a program has written so far, as lines: fed with bytes of several streams as they come, read by line number.

import type { StreamName } from "cloche";
import { PLAIN, spansOf, styleAfter, textOf, type Span, type Style } from "./ansi";

export interface Line {
  /** Whose it is; `notice` is the page's own. */
  readonly stream: StreamName | "notice";
  /** As it was written, without its end. */
  readonly raw: string;
  /** How it begins: what colours the lines before it left switched on. */
  readonly style: Style;
  /** When its first bytes were recorded; undefined where nobody knows. Milliseconds since 1970. */
  readonly at: number | undefined;
  /** It goes on with the line before it, which was too long. */
  readonly continues: boolean;
}

export interface Piece {
  readonly stream: StreamName;
  readonly attempt: number;
  /** Of the first byte, in its stream. */
  readonly offset: number;
  readonly data: Uint8Array;
  readonly at?: number | undefined;
}

/** A line that is longer is shown as several: one of 50 MB would hold the page up for seconds. */
export const LONGEST_LINE = 8192;

interface Open {
  readonly decoder: TextDecoder;
  /** The line that has no end yet, by its index. */
  line: number | undefined;
  style: Style;
  offset: number;
  /** A `\r` came last: with `\n` behind it, it is an end of line. */
  carriage: boolean;
}

export class OutputLog {
  readonly #lines: Line[] = [];
  readonly #open = new Map<StreamName, Open>();
  #attempt: number | undefined;
  #version = 0;
  #strange = 0;
  #characters = 0;

  get count(): number {
    return this.#lines.length;
  }

  /** Counts up with every change. */
  get version(): number {
    return this.#version;
  }

  /** Whether it looks like no text. */
  get binary(): boolean {
    return this.#characters > 64 && this.#strange / this.#characters > 0.1;
  }

  line(index: number): Line | undefined {
    return this.#lines[index];
  }

  spans(index: number): readonly Span[] {
    const line = this.#lines[index];
    return line === undefined ? [] : spansOf(line.raw, line.style);
  }

  text(index: number): string {
    const line = this.#lines[index];
    return line === undefined ? "" : textOf(line.raw);
  }

  /** Pieces of a stream come in the order of their offsets. */
  push(piece: Piece): void {
    this.#version += 1;
    if (this.#attempt !== undefined && piece.attempt !== this.#attempt) {
      this.#open.clear();
      this.notice(`Attempt ${this.#attempt} was lost; this is what attempt ${piece.attempt} writes`);
    }
    this.#attempt = piece.attempt;
    const open = this.#opened(piece.stream);
    if (piece.offset > open.offset) {
      open.line = undefined;
      this.notice(`${piece.offset - open.offset} bytes of ${piece.stream} were not kept`);
    }
    open.offset = piece.offset + piece.data.length;
    this.#write(piece.stream, open, open.decoder.decode(piece.data, { stream: true }), piece.at);
  }

  /** A line of the page's own, between those of the program. */
  notice(text: string): void {
    this.#version += 1;
    this.#lines.push({ stream: "notice", raw: text, style: PLAIN, at: undefined, continues: false });
  }

  #opened(stream: StreamName): Open {
    let open = this.#open.get(stream);
    if (open === undefined) {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      open = { decoder, line: undefined, style: PLAIN, offset: 0, carriage: false };
      this.#open.set(stream, open);
    }
    return open;
  }

  #write(stream: StreamName, open: Open, decoded: string, at: number | undefined): void {
    let text = (open.carriage ? "\r" : "") + decoded;
    open.carriage = text.endsWith("\r");
    if (open.carriage) text = text.slice(0, -1);
    this.#weigh(text);
    const parts = text.split(/\r?\n/);
    parts.forEach((part, index) => {
      if (part !== "" || index < parts.length - 1) this.#add(stream, open, part, at);
      if (index < parts.length - 1) open.line = undefined;
    });
  }

  #add(stream: StreamName, open: Open, text: string, at: number | undefined): void {
    let rest = text;
    do {
      const before = open.line === undefined ? undefined : this.#lines[open.line];
      const begun = before === undefined ? "" : shortened(before);
      const room = Math.max(0, LONGEST_LINE - begun.length);
      const fits = rest.slice(0, isHigh(rest.charCodeAt(room - 1)) ? room - 1 : room);
      rest = rest.slice(fits.length);
      if (before === undefined || open.line === undefined) {
        open.line = this.#lines.push({ stream, raw: fits, style: open.style, at, continues: false }) - 1;
      } else {
        this.#lines[open.line] = { ...before, raw: begun + fits };
      }
      // Styles go on from line to line; a `\r` takes none of them back.
      open.style = styleAfter(fits, open.style);
      if (rest !== "") open.line = this.#lines.push({ stream, raw: "", style: open.style, at, continues: true }) - 1;
    } while (rest !== "");
  }

  /** Count what no text holds: how much of it there is tells a binary. */
  #weigh(text: string): void {
    const sample = text.slice(0, 4096);
    this.#characters += sample.length;
    for (const character of sample) if (character === "\u{fffd}" || character === "\u{0}") this.#strange += 1;
  }
}

/** Whether it is the first half of a character that has two. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** A line that writes over itself, such as a progress bar, keeps only what can still be seen. */
function shortened(line: Line): string {
  if (line.raw.length < LONGEST_LINE / 2) return line.raw;
  const last = line.raw.lastIndexOf("\r");
  if (last < 0) return line.raw;
  const seen = textOf(line.raw.slice(0, last));
  return `${seen}${line.raw.slice(last)}`;
}
