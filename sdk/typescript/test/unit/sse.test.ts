import assert from "node:assert/strict";
import { test } from "node:test";

import { UnexpectedAnswer } from "../../src/errors.ts";
import { LARGEST_FRAME, SseParser, type Frame } from "../../src/sse.ts";

interface Parsed {
  readonly frames: Frame[];
  readonly lastEventId: string;
  readonly retry: number | undefined;
}

/** What comes of `bytes`, cut at each of `cuts`, decoded as a feed does it. */
function parsed(bytes: Uint8Array, cuts: readonly number[] = []): Parsed {
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const ends = [...cuts, bytes.length];
  const frames = ends.flatMap((end, index) => {
    const piece = bytes.subarray(ends[index - 1] ?? 0, end);
    return parser.push(decoder.decode(piece, { stream: true }));
  });
  return { frames, lastEventId: parser.lastEventId, retry: parser.reconnectMilliseconds };
}

function parse(text: string): Parsed {
  return parsed(new TextEncoder().encode(text));
}

function frame(data: string, event = "message", lastEventId = ""): Frame {
  return { event, data, lastEventId };
}

test("a frame has a name, an id, and data over several lines", () => {
  const { frames } = parse("event: started\nid: e-1\ndata: one\ndata:two\ndata:  three\n\n");
  assert.deepEqual(frames, [frame("one\ntwo\n three", "started", "e-1")]);
});

test("the examples of the standard", () => {
  assert.deepEqual(parse("data: YHOO\ndata: +2\ndata: 10\n\n").frames, [frame("YHOO\n+2\n10")]);
  const stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
  assert.deepEqual(parse(stream).frames, [
    frame("first event", "message", "1"),
    frame("second event"),
    frame(" third event"),
  ]);
  assert.deepEqual(parse("data\n\ndata\ndata\n\ndata:").frames, [frame(""), frame("\n")]);
  assert.deepEqual(parse("data:test\n\ndata: test\n\n").frames, [frame("test"), frame("test")]);
});

test("lines end with CR, LF or both, also mixed", () => {
  for (const [a, b, c] of [["\n", "\n", "\n"], ["\r", "\r", "\r"], ["\r\n", "\r\n", "\r\n"], ["\r", "\n", "\r\n"]]) {
    const text = `id: 7${a}data: x${b}data: y${c}${c}event: z${a}data: w${b}${b}`;
    assert.deepEqual(parse(text).frames.at(0), frame("x\ny", "message", "7"), JSON.stringify([a, b, c]));
  }
});

test("wherever a stream is cut in two or three, the same comes of it", () => {
  const text =
    "\uFEFF: hello\r\n\r\nid: é-1\r\nevent: ä\r\ndata: 🦀 one\r\ndata: two\r\n\r\ndata: three\r\rretry: 250\n\nid: last\n\n";
  const bytes = new TextEncoder().encode(text);
  const whole = parsed(bytes);
  assert.deepEqual(whole.frames, [frame("🦀 one\ntwo", "ä", "é-1"), frame("three", "message", "é-1")]);
  assert.deepEqual([whole.lastEventId, whole.retry], ["last", 250]);
  for (let first = 0; first <= bytes.length; first += 1) {
    for (let second = first; second <= bytes.length; second += 1) {
      assert.deepEqual(parsed(bytes, [first, second]), whole, `cut at ${first} and ${second}`);
    }
  }
  const each = Array.from(bytes, (_, index) => index);
  assert.deepEqual(parsed(bytes, each), whole);
});

test("a byte order mark is none but at the beginning", () => {
  assert.deepEqual(parse("\uFEFFdata: a\n\n").frames, [frame("a")]);
  assert.deepEqual(parse("data: a\n\n\uFEFFdata: b\n\n").frames, [frame("a")]);
});

test("what is not complete is given to nobody, and its id does not count", () => {
  const { frames, lastEventId } = parse("id: 1\ndata: a\n\nid: 2\ndata: b\n");
  assert.deepEqual(frames, [frame("a", "message", "1")]);
  assert.equal(lastEventId, "1");
});

test("an id without data counts once its blank line is there", () => {
  assert.equal(parse(": ping\nid: 9\n\n").lastEventId, "9");
  assert.equal(parse("id: 9\n").lastEventId, "");
});

test("an id stays until another one comes, and an empty one takes it away", () => {
  const { frames } = parse("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n");
  assert.deepEqual(
    frames.map(({ lastEventId }) => lastEventId),
    ["1", "1", ""],
  );
  assert.equal(new SseParser("7").push("data: a\n\n").at(0)?.lastEventId, "7");
});

test("an id with a NUL, a retry that is no number, and unknown fields are passed over", () => {
  const { frames, retry } = parse("id: a\0b\nretry: 1s\nretry: -1\nretry:\nDATA: x\nnonsense\ndata: a\n\n");
  assert.deepEqual(frames, [frame("a")]);
  assert.equal(retry, undefined);
});

test("a name without data is forgotten with its frame", () => {
  assert.deepEqual(parse("event: lost\n\ndata: a\n\n").frames, [frame("a")]);
});

test("other separators of lines are data", () => {
  assert.deepEqual(parse("data: a\u2028b\u0085c\v\f\n\n").frames, [frame("a\u2028b\u0085c\v\f")]);
});

test("a frame without end is refused before it fills the memory, on one line or on many", () => {
  for (const piece of ["x".repeat(1 << 16), `data: ${"x".repeat(1 << 16)}\n`]) {
    const parser = new SseParser();
    assert.throws(() => {
      for (let sent = 0; sent < 2 * LARGEST_FRAME; sent += piece.length) parser.push(piece);
    }, UnexpectedAnswer);
  }
});
