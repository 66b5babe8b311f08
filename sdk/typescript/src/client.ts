// The client: one noun for each thing that the API has.

import { about, type About } from "./about.ts";
import { Keys, Tenants } from "./access.ts";
import { baseOf, keyOf } from "./address.ts";
import { Artifacts } from "./artifacts.ts";
import { Audit } from "./audit.ts";
import { Batches } from "./batches.ts";
import { Blobs } from "./blobs.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Evaluations } from "./evaluations.ts";
import { Events } from "./history.ts";
import { Http, type HttpOptions } from "./http.ts";
import { Outputs } from "./outputs.ts";
import { Projections } from "./projections.ts";
import { Queue } from "./queue.ts";
import type { CallOptions } from "./routes.ts";
import { Schedules } from "./schedules.ts";
import { Languages, Platform, StatisticsReports, UsageReports } from "./service.ts";
import { Socket } from "./socket.ts";

export interface ClientOptions extends HttpOptions {
  /** Seconds for which connections of a feed may fail one after another before it is given up. Default: 60. */
  readonly patienceSeconds?: number | undefined;
}

const PATIENCE_SECONDS = 60;

/**
 * Talks to one Cloche with one key. It holds no connection that nobody reads, so there is nothing to close.
 *
 * Every method may throw a `ClocheError`, and takes an AbortSignal. Busy answers (429, 503) are waited for, as long as
 * the server asks, where a second request does no harm.
 */
export class Client {
  readonly #http: Http;
  /** Programs: submit, run, wait, list, cancel. */
  readonly evaluations: Evaluations;
  /** What they wrote: whole, in part, as it comes. */
  readonly outputs: Outputs;
  /** The files that they left. */
  readonly artifacts: Artifacts;
  /** What happened, live and from the beginning. */
  readonly events: Events;
  /** The same over one WebSocket, however many are followed. */
  readonly socket: Socket;
  /** Many programs at once. */
  readonly batches: Batches;
  /** Programs that run again and again. */
  readonly schedules: Schedules;
  /** What was given up. */
  readonly deadLetters: DeadLetters;
  /** What waits, and why. */
  readonly queue: Queue;
  /** Inputs that are too large for a submission. */
  readonly blobs: Blobs;
  /** What programs may be written in. */
  readonly languages: Languages;
  /** Who may do what: for administrators. */
  readonly keys: Keys;
  /** Whom evaluations belong to: for administrators. */
  readonly tenants: Tenants;
  /** Who did what from where: for administrators. */
  readonly audit: Audit;
  /** What ended, and how long it took. */
  readonly statistics: StatisticsReports;
  /** How much is kept. */
  readonly usage: UsageReports;
  /** The rows that everybody reads: for administrators. */
  readonly projections: Projections;
  /** How the platform is: for operators. */
  readonly platform: Platform;

  /** `BadTarget` if the address or the key cannot be one. */
  constructor(options: ClientOptions) {
    const http = new Http(options);
    this.#http = http;
    const patienceSeconds = options.patienceSeconds ?? PATIENCE_SECONDS;
    this.blobs = new Blobs(http);
    this.events = new Events(http, patienceSeconds);
    this.socket = new Socket({ base: baseOf(options.url), apiKey: keyOf(options.apiKey), pace: http.pace, patienceSeconds });
    this.evaluations = new Evaluations(http, this.blobs, this.events);
    this.outputs = new Outputs(http, this.events);
    this.artifacts = new Artifacts(http);
    this.batches = new Batches(http);
    this.schedules = new Schedules(http);
    this.deadLetters = new DeadLetters(http);
    this.queue = new Queue(http);
    this.languages = new Languages(http);
    this.keys = new Keys(http);
    this.tenants = new Tenants(http);
    this.audit = new Audit(http);
    this.statistics = new StatisticsReports(http);
    this.usage = new UsageReports(http);
    this.projections = new Projections(http);
    this.platform = new Platform(http);
  }

  /** Which version answers, and which tenant, role and scopes this key has. */
  about(options: CallOptions = {}): Promise<About> {
    return about(this.#http, options);
  }
}
