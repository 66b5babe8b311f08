// The same done to many things, a few at a time, where some may be refused and the others go on.

export interface Refused {
  readonly id: string;
  readonly error: unknown;
}

export interface Tally {
  readonly done: number;
  readonly refused: readonly Refused[];
}

const AT_ONCE = 4;

/** `onProgress` is told after each one. Resolves when all were tried; what was not yet begun is left out after an abort. */
export async function each(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
  onProgress: (tried: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Tally> {
  const waiting = ids.values();
  const refused: Refused[] = [];
  let done = 0;
  const worker = async () => {
    for (const id of waiting) {
      if (signal?.aborted) return;
      try {
        await act(id);
        done += 1;
      } catch (error) {
        refused.push({ id, error });
      }
      onProgress(done + refused.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { done, refused };
}
