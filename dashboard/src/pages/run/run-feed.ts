// One evaluation as it goes: its events, and what it writes.

import { ApiError, bytesOf, isOver, type EvaluationView, type FeedEvent } from "cloche";
import { useState, useSyncExternalStore } from "react";
import { useSystem, type System } from "~/api/system";
import { Breath } from "~/live/breath";
import { resume } from "~/live/resuming";
import { useLiveEvents } from "~/live/use-live";
import { placed } from "~/output/recorded";
import { OutputStore } from "~/output/store";

/** An evaluation that has written more is read from what is recorded: a feed carries a third more, as JSON. */
const MOST_FEED_BYTES = 4 << 20;

/** Bytes that become lines without a pause: a few milliseconds' work. */
export const SLICE_BYTES = 64 << 10;

const STREAMS = ["compiler", "stdout", "stderr"] as const;
export type Written = (typeof STREAMS)[number];

export interface RunState {
  /** Lifecycle and cases, without output. */
  readonly events: readonly FeedEvent[];
  readonly output: OutputStore;
  /** Streams that something was written to, of which nothing is kept any more. */
  readonly expired: readonly Written[];
  /** Everything that there was has come. */
  readonly complete: boolean;
  /** Why its events, or what it wrote, could not be read. */
  readonly error: unknown;
}

const nothingYet = (): RunState => ({ events: [], output: new OutputStore(), expired: [], complete: false, error: undefined });

/** Followed while somebody is subscribed, from the beginning each time. */
export class RunFeed {
  readonly #system: System;
  readonly #view: EvaluationView;
  readonly #listeners = new Set<() => void>();
  readonly #heard = new Set<Written>();
  #state = nothingYet();
  #leaving = new AbortController();

  /** `view` is what the evaluation was when its page was opened. */
  constructor(system: System, view: EvaluationView) {
    this.#system = system;
    this.#view = view;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#leaving = new AbortController();
      this.#become(nothingYet());
      void this.#follow(this.#leaving.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leaving.abort();
    };
  };

  readonly current = (): RunState => this.#state;

  /** What came by the tenant's feed: that of an evaluation ends with it, and its output is archived a moment later. */
  readonly hear = (events: readonly FeedEvent[]): void => {
    const { complete, events: known } = this.#state;
    const last = Number(known.at(-1)?.envelope.sequence ?? Infinity);
    for (const event of events) {
      const next = event.name === "output-archived" && event.envelope.subject === this.#view.id;
      if (complete && next && Number(event.envelope.sequence) > last) this.#become({ events: [...this.#state.events, event] });
    }
  };

  async #follow(signal: AbortSignal): Promise<void> {
    const { status, stdout, stderr } = this.#view;
    const ended = isOver(status);
    const apart = ended && stdout.total_bytes + stderr.total_bytes > MOST_FEED_BYTES;
    this.#heard.clear();
    const parts = apart
      ? [this.#events(apart, signal), this.#recorded(signal)]
      // Events are kept for another time than output is: the feed may tell of an end, and nothing of what was written.
      : [this.#events(apart, signal).finally(() => ended && !signal.aborted && this.#recorded(signal))];
    const settled = await Promise.allSettled(parts);
    if (signal.aborted) return;
    const failure = settled.find((one) => one.status === "rejected");
    this.#become({ complete: true, ...(failure && { error: failure.reason as unknown }) });
  }

  #events(apart: boolean, signal: AbortSignal): Promise<void> {
    const { feeds } = this.#system;
    const { id } = this.#view;
    return resume(
      (after, open) =>
        apart
          ? feeds.events.history({ evaluation: id, output: false, from: "beginning", after, signal: open })
          : feeds.events.of(id, { after, signal: open }),
      { signal, onEvent: (event) => this.#take(event) },
    );
  }

  /** What is recorded of streams that the feed told nothing of: when which of them wrote what, it no longer says. */
  async #recorded(signal: AbortSignal): Promise<void> {
    for (const stream of STREAMS) {
      if (this.#view[stream].total_bytes === 0 || this.#heard.has(stream)) continue;
      try {
        await this.#read(stream, signal);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === "output_expired")) throw error;
        this.#become({ expired: [...this.#state.expired, stream] });
      }
    }
  }

  async #read(stream: Written, signal: AbortSignal): Promise<void> {
    const view = this.#view;
    const { output } = this.#state;
    const breath = new Breath();
    let offset = 0;
    const pieces = this.#system.client.outputs.stream(view.id, { stream, signal }).getReader();
    for (let next = await pieces.read(); !next.done; next = await pieces.read()) {
      for (let begin = 0; begin < next.value.length; begin += SLICE_BYTES) {
        const slice = next.value.subarray(begin, begin + SLICE_BYTES);
        for (const piece of placed(view[stream], offset + begin, slice)) output.push({ stream, attempt: view.attempt, ...piece });
        await breath.take();
        if (signal.aborted) return;
      }
      offset += next.value.length;
    }
  }

  #take(event: FeedEvent): void {
    if (event.name !== "output-chunk") {
      this.#become({ events: [...this.#state.events, event] });
      return;
    }
    const { stream, attempt, offset } = event.data;
    if (stream === "artifacts") return;
    this.#heard.add(stream);
    this.#state.output.push({ stream, attempt, offset, data: bytesOf(event.data), at: Date.parse(event.envelope.time) });
  }

  #become(changes: Partial<RunState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** The feed of one evaluation, as long as the caller is shown. */
export function useRunFeed(view: EvaluationView): RunState {
  const system = useSystem();
  // What it was at first decides how it is read; what it becomes changes nothing of that.
  const [feed] = useState(() => new RunFeed(system, view));
  useLiveEvents(feed.hear);
  return useSyncExternalStore(feed.subscribe, feed.current);
}
