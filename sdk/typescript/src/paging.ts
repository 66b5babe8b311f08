// Lists that come page by page.

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent or null after the last one. */
  readonly next_cursor?: string | null;
  /** Where the page before begins, of lists that are read both ways; null on the first one. */
  readonly prev_cursor?: string | null;
}

/**
 * A list that is asked for as it is read, page after page: `for await (const one of list)`.
 *
 * Nothing is asked before it is read, and each reading begins anew.
 */
export class Paged<T> implements AsyncIterable<T> {
  readonly #load: (cursor: string | undefined) => Promise<Page<T>>;
  readonly #first: string | undefined;

  constructor(load: (cursor: string | undefined) => Promise<Page<T>>, first?: string) {
    this.#load = load;
    this.#first = first;
  }

  /** The first page alone. Its `next_cursor` leads on, also in another process. */
  page(): Promise<Page<T>> {
    return this.#load(this.#first);
  }

  /** Page after page, to the last. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let cursor = this.#first;
    do {
      const page = await this.#load(cursor);
      yield page;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.items;
  }

  /** All of it in memory. */
  async all(): Promise<T[]> {
    const items: T[] = [];
    for await (const page of this.pages()) items.push(...page.items);
    return items;
  }
}
