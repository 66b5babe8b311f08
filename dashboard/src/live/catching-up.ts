// Rows of lists that the feed has left behind: an event came that is not the next one of what the row shows. That
// happens where an answer was made before the event and came after it. They are asked for one by one, so that a list
// changes in its rows alone and no row jumps.

import type { EvaluationPage, EvaluationView, FeedEvent } from "cloche";
import { useQueryClient, type InfiniteData, type QueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useClient } from "~/api/system";
import { occurrenceOf } from "~/fold/evaluation";
import { useLiveEvents } from "./use-live";

const PAUSE_MILLISECONDS = 500;
const AT_ONCE = 8;
const REMEMBERED = 5000;

/** How far the feed has told of each evaluation, of those that it told of last. */
export class Heads {
  readonly #heads = new Map<string, number>();

  hear(events: readonly FeedEvent[]): void {
    for (const event of events) {
      const occurrence = occurrenceOf(event);
      if (occurrence === undefined) continue;
      const { evaluation, number } = occurrence;
      const known = this.#heads.get(evaluation) ?? 0;
      // Anew, so that it is the last to be forgotten.
      this.#heads.delete(evaluation);
      this.#heads.set(evaluation, Math.max(known, number));
    }
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= REMEMBERED) break;
      this.#heads.delete(oldest);
    }
  }

  /** Those of the rows that show less than the feed has told. */
  behind(rows: readonly EvaluationView[]): string[] {
    return rows.filter((row) => (this.#heads.get(row.id) ?? 0) > row.sequence).map((row) => row.id);
  }
}

/** Replace rows by answers that are newer. */
export function replaced(queries: QueryClient, key: QueryKey, news: readonly EvaluationView[]): void {
  const byId = new Map(news.map((view) => [view.id, view]));
  const newer = (row: EvaluationView): EvaluationView => {
    const view = byId.get(row.id);
    return view !== undefined && view.sequence > row.sequence ? view : row;
  };
  queries.setQueriesData<InfiniteData<EvaluationPage>>({ queryKey: key }, (data) =>
    data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(newer) })) },
  );
}

/** Keep the lists under `key` from staying behind the feed while the caller is shown. `loaded` changes when rows come. */
export function useCatchingUp(key: QueryKey, loaded: number): void {
  const queries = useQueryClient();
  const client = useClient();
  const heads = useRef(new Heads());
  const name = JSON.stringify(key);
  const look = useRef<() => void>(() => undefined);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const behind = () => {
      const lists = queries.getQueriesData<InfiniteData<EvaluationPage>>({ queryKey: JSON.parse(name) as QueryKey });
      return heads.current.behind(lists.flatMap(([, data]) => data?.pages.flatMap((page) => page.items) ?? []));
    };
    look.current = () => {
      if (timer !== undefined || behind().length === 0) return;
      timer = setTimeout(() => void ask(), PAUSE_MILLISECONDS);
    };
    const ask = async () => {
      const answers = await Promise.allSettled(
        behind().slice(0, AT_ONCE).map((id) => client.evaluations.get(id, { signal: leaving.signal })),
      );
      if (leaving.signal.aborted) return;
      const views = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      replaced(queries, JSON.parse(name) as QueryKey, views);
      timer = undefined;
      look.current();
    };
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [queries, client, name]);
  useEffect(() => look.current(), [loaded]);
  useLiveEvents((events) => {
    heads.current.hear(events);
    look.current();
  });
}
