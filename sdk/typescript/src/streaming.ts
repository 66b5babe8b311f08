// Bytes as they arrive, in the forms that callers want them in.

export type Pieces = AsyncGenerator<Uint8Array, void, undefined>;

/** All of them in memory. */
export async function joined(pieces: Pieces): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    held.push(piece);
    size += piece.length;
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of held) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** As a stream of the platform: nothing is read ahead of who reads it, and cancelling it ends the request. */
export function streamOf(pieces: Pieces): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Its lines, without their ends; bytes that are no UTF-8 become U+FFFD. */
export async function* linesOf(pieces: Pieces): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
