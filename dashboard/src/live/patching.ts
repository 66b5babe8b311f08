// The feed of a signed-in page: followed as long as it is open, and written into what its queries hold.

import { NotAuthorised, type EvaluationPage, type EvaluationView, type FeedEvent } from "cloche";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { evaluationKeys } from "~/api/evaluations";
import type { System } from "~/api/system";
import { occurrenceOf, project } from "~/fold/evaluation";

const REFUSED_MILLISECONDS = 30_000;
const UNAUTHORIZED = 401;

/** Follow the feed until the signal is aborted; `refused` is told when the key is no longer good. */
export async function followed(
  system: System,
  queries: QueryClient,
  signal: AbortSignal,
  refused: (why: string) => void,
): Promise<void> {
  const stop = system.feed.subscribe((events) => patch(queries, events));
  signal.addEventListener("abort", stop);
  const over = () => signal.aborted;
  while (!over()) {
    try {
      await system.feed.follow(signal);
    } catch (error) {
      if (over()) return;
      if (error instanceof NotAuthorised && error.status === UNAUTHORIZED) {
        refused(error.message);
        return;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REFUSED_MILLISECONDS);
        const again = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener("abort", again, { once: true });
        system.connection.broke(error instanceof Error ? error.message : String(error), Date.now() + REFUSED_MILLISECONDS, again);
      });
    }
  }
}

/** Bring evaluations that queries hold up to what the events say. Rows that are newer already stay as they are. */
export function patch(queries: QueryClient, events: readonly FeedEvent[]): void {
  const byEvaluation = Map.groupBy(events, (event) => event.envelope.subject);
  const after = (view: EvaluationView): EvaluationView => {
    const news = byEvaluation.get(view.id);
    return news === undefined ? view : news.reduce(advanced, view);
  };
  for (const id of byEvaluation.keys()) {
    queries.setQueryData<EvaluationView>(evaluationKeys.one(id), (view) => view && after(view));
  }
  queries.setQueriesData<InfiniteData<EvaluationPage>>({ queryKey: evaluationKeys.lists }, (data) => {
    if (data === undefined) return undefined;
    const concerned = data.pages.some((page) => page.items.some((item) => byEvaluation.has(item.id)));
    return concerned ? { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(after) })) } : data;
  });
}

/** The view after an event, if it is the next one. After a gap only an answer of the server helps. */
function advanced(view: EvaluationView, event: FeedEvent): EvaluationView {
  const occurrence = occurrenceOf(event);
  return occurrence !== undefined && occurrence.number === view.sequence + 1 ? project(view, occurrence) : view;
}
