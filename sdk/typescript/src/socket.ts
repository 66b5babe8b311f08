// `client.socket`: many feeds over one WebSocket. It is there while somebody follows one, and comes back by itself.

import type { Pace } from "./deadline.ts";
import { errorOf, isPassing, Unreachable } from "./errors.ts";
import { eventIn, type BatchEvent, type EventName } from "./events.ts";
import type { CallOptions } from "./routes.ts";
import { SocketFeed } from "./socket-feed.ts";
import { dial, frameOf, PING, type Dial, type Said, type Wire } from "./socket-wire.ts";
import type { Outcome, Problem } from "./types.ts";

/** One feed: of an evaluation, of a batch, or with neither of the tenant. Filters must all fit. */
export interface FollowWish {
  readonly evaluation?: string | undefined;
  readonly batch?: string | undefined;
  /** Another one than the key's: for administrators. */
  readonly tenant?: string | undefined;
  /**
   * A cursor; of a tenant also `beginning`, a sequence or a time. Default: from the beginning; of a tenant, what comes
   * from now on.
   */
  readonly after?: string | undefined;
  readonly types?: readonly EventName[] | undefined;
  readonly outcomes?: readonly Outcome[] | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly languages?: readonly string[] | undefined;
  /** false: without `output-chunk`. */
  readonly output?: boolean | undefined;
}

export interface SocketTerms {
  /** The address of the API without what follows it. */
  readonly base: string;
  readonly apiKey: string;
  readonly pace: Pace;
  /** Seconds of trouble after which every feed is given up. */
  readonly patienceSeconds: number;
  readonly dial?: Dial;
}

const FIRST_SECONDS = 0.2;
const LONGEST_SECONDS = 5;
const PING_SECONDS = 20;
const NO_KEY: Problem = { type: "", title: "The key is not good, or no longer", status: 401, code: "unauthorized" };
const FINAL: ReadonlySet<number> = new Set([4401, 4403, 4408]);

export class Socket {
  readonly #terms: SocketTerms;
  readonly #feeds = new Set<SocketFeed>();
  readonly #byId = new Map<number, SocketFeed>();
  #wire: Wire | undefined;
  #ready = false;
  #dialling = false;
  #heard = true;
  #ids = 0;
  #failures = 0;
  #since: number | undefined;
  #refusal: Problem | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;

  constructor(terms: SocketTerms) {
    this.#terms = terms;
  }

  /**
   * What a feed tells, until the evaluation or the batch is over; of a tenant for ever. None is given twice, none left out.
   *
   * `NotAuthorised` if the key is not good or was revoked, `Unreachable` after `patienceSeconds` of trouble, an `ApiError`
   * if this feed cannot go on. All feeds of a client share one connection; keys that must sign cannot use it.
   */
  async *follow(wish: FollowWish, options: CallOptions = {}): AsyncGenerator<BatchEvent, void, undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    const feed = new SocketFeed(wish);
    const stop = (): void => feed.callOff(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    this.#feeds.add(feed);
    try {
      this.#subscribe(feed);
      this.#connect();
      for (let one = await feed.next(); one !== undefined; one = await feed.next()) {
        yield one;
        // It was too slow for what came, and has caught up.
        if (feed.behind && feed.held === 0) this.#subscribe(feed);
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#feeds.delete(feed);
      this.#unsubscribe(feed);
      if (this.#feeds.size === 0) this.#hangUp();
    }
  }

  #connect(): void {
    if (this.#wire !== undefined || this.#dialling) return;
    this.#ready = false;
    this.#refusal = undefined;
    this.#heard = true;
    // What a connection that was given up still says concerns nobody.
    const current = (act: () => void): void => {
      if (this.#wire === wire) act();
    };
    const wire = (this.#terms.dial ?? dial)(`${this.#terms.base.replace(/^http/, "ws")}/v1/ws`, {
      opened: () => current(() => this.#say({ type: "auth", api_key: this.#terms.apiKey })),
      told: (text) => current(() => this.#hear(text)),
      closed: (code) => current(() => this.#lost(code)),
    });
    this.#wire = wire;
    this.#pings = setInterval(() => this.#ping(), PING_SECONDS * 1000);
  }

  #hear(text: string): void {
    this.#heard = true;
    try {
      this.#take(frameOf(text));
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #take(said: Said): void {
    const feed = "id" in said && said.id !== null ? this.#byId.get(said.id) : undefined;
    switch (said.type) {
      case "ready":
        this.#ready = true;
        this.#failures = 0;
        this.#since = undefined;
        for (const one of this.#feeds) if (!one.behind) this.#subscribe(one);
        return;
      case "event":
        if (feed !== undefined && !feed.take(eventIn(said.event, said.cursor))) this.#unsubscribe(feed);
        return;
      case "progress":
        if (feed !== undefined && !feed.take({ name: "progress", cursor: feed.cursor ?? "", data: said.progress })) {
          this.#unsubscribe(feed);
        }
        return;
      case "cursor":
        if (feed !== undefined) feed.cursor = said.cursor;
        return;
      case "end":
        feed?.end({});
        return;
      case "error":
        if (said.id === null) this.#refusal = said.problem;
        else if (feed !== undefined) this.#refused(feed, errorOf(said.problem));
    }
  }

  #lost(code: number): void {
    this.#forget();
    const refusal = this.#refusal === undefined ? undefined : errorOf(this.#refusal);
    // Whoever was refused for now comes back, with whatever code the connection was closed.
    if (!isPassing(refusal) && (refusal !== undefined || FINAL.has(code))) this.#giveUp(refusal ?? errorOf(NO_KEY));
    if (this.#feeds.size > 0) void this.#comeBack(code);
  }

  /** One feed is refused and the others go on: for now, so it is asked for again, or for good. */
  #refused(feed: SocketFeed, error: Error): void {
    const { pace, patienceSeconds } = this.#terms;
    if (feed.id !== undefined) this.#byId.delete(feed.id);
    feed.id = undefined;
    if (!isPassing(error)) return feed.end({ error });
    feed.refusals += 1;
    feed.refusedSince ??= pace.now();
    if (pace.now() - feed.refusedSince > patienceSeconds * 1000) return feed.end({ error });
    void pace.sleep(this.#pause(feed.refusals)).then(() => {
      // A new connection may have asked for it meanwhile.
      if (this.#feeds.has(feed) && feed.id === undefined && !feed.over) this.#subscribe(feed);
    });
  }

  /** Those whom one gateway has sent away do not all come back at once. */
  #pause(failures: number): number {
    return Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** failures) * (0.5 + this.#terms.pace.random() / 2);
  }

  async #comeBack(code: number): Promise<void> {
    const { pace, patienceSeconds } = this.#terms;
    this.#failures += 1;
    this.#since ??= pace.now();
    if (pace.now() - this.#since > patienceSeconds * 1000) {
      this.#giveUp(new Unreachable(`the connection was lost (${code}) and did not come back`));
      return;
    }
    this.#dialling = true;
    await pace.sleep(this.#pause(this.#failures));
    this.#dialling = false;
    if (this.#feeds.size > 0) this.#connect();
  }

  /** Under a new id each time, so that what was meant for the old one is known for it. */
  #subscribe(feed: SocketFeed): void {
    feed.behind = false;
    if (!this.#ready) return;
    if (feed.id !== undefined) this.#byId.delete(feed.id);
    this.#ids += 1;
    feed.id = this.#ids;
    this.#byId.set(feed.id, feed);
    this.#say({ type: "subscribe", id: feed.id, ...feed.wish, after: feed.cursor });
  }

  #unsubscribe(feed: SocketFeed): void {
    if (feed.id === undefined || !this.#byId.delete(feed.id)) return;
    if (this.#ready && !feed.over) this.#say({ type: "unsubscribe", id: feed.id });
  }

  /** Nobody else sees that a peer has gone without a word: browsers do not tell of the server's pings. */
  #ping(): void {
    if (this.#heard) {
      this.#heard = false;
      if (this.#ready) this.#say(PING);
      return;
    }
    const wire = this.#wire;
    this.#lost(1006);
    wire?.close();
  }

  #say(message: object): void {
    this.#wire?.send(JSON.stringify(message));
  }

  #giveUp(error: unknown): void {
    for (const feed of this.#feeds) feed.end({ error });
    this.#feeds.clear();
    this.#hangUp();
  }

  #hangUp(): void {
    const wire = this.#wire;
    this.#forget();
    wire?.close();
  }

  #forget(): void {
    clearInterval(this.#pings);
    this.#wire = undefined;
    this.#ready = false;
    this.#byId.clear();
  }
}
