// The last bodies that had an ETag, so that what has not changed is not sent again (RFC 9110, section 13.1.2).

/** So many characters are kept at most; what was asked for longest ago goes first. */
export const KEPT_CHARACTERS = 4 << 20;

interface Kept {
  readonly etag: string;
  readonly text: string;
}

export class Representations {
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  /** `most` bodies; 0 for none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is known of this path with its query, which is used now. */
  of(path: string): Kept | undefined {
    const kept = this.#kept.get(path);
    if (kept !== undefined) {
      this.#kept.delete(path);
      this.#kept.set(path, kept);
    }
    return kept;
  }

  /** The body that was answered, in the place of what was. Without an ETag there is nothing to ask by. */
  keep(path: string, etag: string | null, text: string): void {
    this.#forget(path);
    if (etag === null || this.#most === 0 || text.length > KEPT_CHARACTERS) return;
    this.#kept.set(path, { etag, text });
    this.#characters += text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most && this.#characters <= KEPT_CHARACTERS) return;
      this.#forget(oldest);
    }
  }

  #forget(path: string): void {
    this.#characters -= this.#kept.get(path)?.text.length ?? 0;
    this.#kept.delete(path);
  }
}
