// Server-sent events, parsed as the WHATWG says (HTML, "Parsing an event stream"), from pieces of text of any length.

import { UnexpectedAnswer } from "./errors.ts";

export interface Frame {
  /** `message` where the stream gives no name. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream gave, with this frame or before it; empty if it gave none. */
  readonly lastEventId: string;
}

/** Characters of one frame at most. The event of a submission carries the whole of it, 1 MiB, and some more. */
export const LARGEST_FRAME = 8 << 20;

/**
 * Takes a stream piece by piece. Its byte order mark is taken off by whoever decodes the bytes, as TextDecoder does.
 *
 * A frame is given when its blank line is there: what a stream that breaks off has begun is given to nobody.
 */
export class SseParser {
  /** What the client comes back with, once it was given everything up to there. Also a frame without data sets it. */
  lastEventId: string;
  /** Milliseconds that the server asks to wait before the next connection. */
  reconnectMilliseconds: number | undefined;
  #afterCr = false;
  #line = "";
  #id: string;
  #event = "";
  #data: string[] = [];
  #size = 0;

  /** `lastEventId`: as of the connection before this one. */
  constructor(lastEventId = "") {
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /** Frames that `text` completes. `UnexpectedAnswer` if one grows beyond `LARGEST_FRAME`. */
  push(text: string): Frame[] {
    const frames: Frame[] = [];
    if (text === "") return frames;
    // The other half of a line end that was cut in two.
    let start = this.#afterCr && text.startsWith("\n") ? 1 : 0;
    this.#afterCr = text.endsWith("\r");
    const ends = /\r\n?|\n/g;
    ends.lastIndex = start;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      const line = this.#line + text.slice(start, end.index);
      this.#line = "";
      start = ends.lastIndex;
      if (line !== "") this.#take(line);
      else this.#dispatch(frames);
    }
    this.#line += text.slice(start);
    this.#check(this.#line.length);
    return frames;
  }

  #take(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? "" : line.slice(colon + 1);
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    switch (name) {
      case "data":
        this.#check(value.length);
        this.#size += value.length;
        this.#data.push(value);
        break;
      case "event":
        this.#event = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) this.reconnectMilliseconds = Number(value);
        break;
    }
  }

  #dispatch(frames: Frame[]): void {
    this.lastEventId = this.#id;
    const data = this.#data.join("\n");
    // The data buffer of the standard ends with a line feed, so one empty line of data is a frame all the same.
    if (this.#data.length > 0) {
      frames.push({ event: this.#event || "message", data, lastEventId: this.#id });
    }
    this.#data = [];
    this.#size = 0;
    this.#event = "";
  }

  #check(more: number): void {
    if (this.#size + more > LARGEST_FRAME) {
      throw new UnexpectedAnswer(`a frame of the feed has more than ${LARGEST_FRAME} characters`);
    }
  }
}
