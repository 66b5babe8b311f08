// Requests and their answers: the key, time-outs, retries, and every failure as an error of errors.ts.

import { baseOf, expand, keyOf, queryOf } from "./address.ts";
import { Deadline, PACE, type Pace } from "./deadline.ts";
import { ClocheError, errorOf, isProblem, UnexpectedAnswer, Unreachable } from "./errors.ts";
import type { paths } from "./generated/api.ts";
import { Representations } from "./representations.ts";
import { pauseAfter, policyOf, retryAfterOf, type RetryOptions, type RetryPolicy } from "./retries.ts";
import type { Answer, Answered, CallOptions, Method, Operation, Wish, WishFor } from "./routes.ts";
import { Signer } from "./signing.ts";
import { traceHeaders, type Traceparent } from "./tracing.ts";

/** What is asked of `fetch`; the global one is that, and so is a stand-in of a test or one that signs requests. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpOptions {
  /** Where the API is: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly apiKey: string;
  /** Sign requests instead of sending the key (docs/signing.md). In browsers only pages with TLS, or of localhost, can. */
  readonly sign?: boolean | undefined;
  readonly fetch?: Fetch | undefined;
  /** So long an answer may take, and so long may nothing come while a body is read. Default: 30. */
  readonly timeoutSeconds?: number | undefined;
  readonly retries?: RetryOptions | undefined;
  /**
   * So many answers are kept that had an ETag: asked for again, what has not changed is not sent again. Default: 64;
   * 0 keeps none.
   */
  readonly keptAnswers?: number | undefined;
  /** The trace that a call belongs to; its retries have the same. Default: none is sent. */
  readonly traceparent?: Traceparent | undefined;
}

interface Request extends CallOptions {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutSeconds?: number;
  readonly repeatable: boolean;
  readonly attempts?: number;
}

export interface OpenOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** So long may nothing come. */
  readonly idleSeconds?: number;
  /** Instead of the client's own number. */
  readonly attempts?: number;
}

/** An answer whose body is read as it arrives. Whoever has one reads it. */
export interface Opened {
  readonly status: number;
  readonly headers: Headers;
  /** The bytes of the body. `Unreachable` if they break off. Leaving early gives the connection back. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Instead, give the connection back at once. */
  close(): Promise<void>;
}

const TIMEOUT_SECONDS = 30;
const KEPT_ANSWERS = 64;
const NOT_MODIFIED = 304;
const READING: ReadonlySet<Method> = new Set<Method>(["get", "put"]);

export class Http {
  readonly #base: string;
  readonly #key: string;
  readonly #signer: Signer | undefined;
  readonly #fetch: Fetch;
  readonly #timeoutSeconds: number;
  readonly #policy: RetryPolicy;
  readonly #pace: Pace;
  readonly #known: Representations;
  readonly #traceparent: Traceparent | undefined;

  constructor(options: HttpOptions, pace: Pace = PACE) {
    this.#base = baseOf(options.url);
    this.#key = keyOf(options.apiKey);
    this.#signer = options.sign === true ? new Signer(this.#key) : undefined;
    // Looked up at each call, and called as nobody's method: a browser's refuses to be another's.
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#timeoutSeconds = options.timeoutSeconds ?? TIMEOUT_SECONDS;
    this.#policy = policyOf(options.retries);
    this.#pace = pace;
    this.#known = new Representations(options.keptAnswers ?? KEPT_ANSWERS);
    this.#traceparent = options.traceparent;
  }

  /** Time and chance, for those who wait beside requests. */
  get pace(): Pace {
    return this.#pace;
  }

  /** One call of the API, typed by its description. */
  async ask<M extends Method, P extends keyof paths & string>(
    method: M,
    path: P,
    wish: WishFor<Operation<M, P>>,
  ): Promise<Answer<Operation<M, P>>> {
    const { body } = await this.#told(method, path, wish);
    return body as Answer<Operation<M, P>>;
  }

  /** The same with the status, where that tells which of several bodies it is. */
  async answer<M extends Method, P extends keyof paths & string>(
    method: M,
    path: P,
    wish: WishFor<Operation<M, P>>,
  ): Promise<Answered<Operation<M, P>>> {
    return (await this.#told(method, path, wish)) as Answered<Operation<M, P>>;
  }

  /** GET, its body still to be read. A retry concerns only the beginning of the answer. */
  async open(path: string, options: OpenOptions = {}): Promise<Opened> {
    const { headers = {}, idleSeconds = this.#timeoutSeconds, ...rest } = options;
    const request: Request = {
      ...rest,
      headers,
      method: "GET",
      path,
      timeoutSeconds: idleSeconds,
      repeatable: true,
    };
    return this.#send(request, async (response, deadline) => {
      deadline.disarm();
      return {
        status: response.status,
        headers: response.headers,
        pieces: () => piecesOf(response, deadline, (error) => this.#failure(error, deadline, options.signal)),
        close: async () => {
          deadline.end();
          await response.body?.cancel();
        },
      };
    });
  }

  /** HEAD. Throws as the others, though its answer cannot say why. */
  async probe(path: string, options: CallOptions = {}): Promise<void> {
    const request: Request = { ...options, method: "HEAD", path, repeatable: true };
    await this.#send(request, async (_, deadline) => deadline.end());
  }

  /** PUT bytes, which take the time that they take. */
  async upload(path: string, data: Uint8Array, options: CallOptions & { timeoutSeconds: number }): Promise<void> {
    const headers = { "Content-Type": "application/octet-stream" };
    const request: Request = { ...options, method: "PUT", path, headers, body: data, repeatable: true };
    await this.#send(request, async (response, deadline) => {
      await response.text();
      deadline.end();
    });
  }

  async #told(method: Method, path: string, wish: Wish): Promise<{ status: number; body: unknown }> {
    const request = requestOf(method, path, wish, this.#timeoutSeconds);
    if (method !== "get") return this.#send(request, told);
    const known = this.#known.of(request.path);
    // Whoever waits for a change is answered when there is one.
    const asks = known !== undefined && (wish.waitSeconds ?? 0) === 0;
    const headers = { ...request.headers, ...(asks ? { "If-None-Match": known.etag } : {}) };
    return this.#send({ ...request, headers }, async (response, deadline) => {
      const text = await response.text();
      deadline.end();
      if (response.status === NOT_MODIFIED && known !== undefined) {
        return { status: 200, body: jsonOf(known.text, response) };
      }
      if (response.status === 200) this.#known.keep(request.path, response.headers.get("ETag"), text);
      return { status: response.status, body: jsonOf(text, response) };
    });
  }

  async #send<T>(call: Request, read: (response: Response, deadline: Deadline) => Promise<T>): Promise<T> {
    const request = { ...call, headers: { ...call.headers, ...traceHeaders(this.#traceparent, call) } };
    const policy = { ...this.#policy, attempts: request.attempts ?? this.#policy.attempts };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(request, read);
      } catch (error) {
        const failure = { error, attempt, repeatable: request.repeatable };
        const pause = pauseAfter(failure, policy, this.#pace.random);
        if (pause === undefined) throw error;
        await this.#pace.sleep(pause, request.signal);
      }
    }
  }

  async #once<T>(request: Request, read: (response: Response, deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = new Deadline(request.signal, request.timeoutSeconds ?? this.#timeoutSeconds);
    try {
      deadline.arm();
      const url = this.#base + request.path;
      const response = await this.#fetch(url, await this.#initOf(url, request, deadline));
      const unchanged = response.status === NOT_MODIFIED && request.headers?.["If-None-Match"] !== undefined;
      if (!response.ok && !unchanged) throw await refusalOf(response);
      return await read(response, deadline);
    } catch (error) {
      deadline.end();
      throw this.#failure(error, deadline, request.signal);
    }
  }

  async #initOf(url: string, request: Request, deadline: Deadline): Promise<RequestInit> {
    const proof = await this.#signer?.sign({ url, method: request.method, body: request.body });
    const headers = new Headers({ ...request.headers, ...proof });
    if (proof === undefined && this.#key !== "") headers.set("Authorization", `Bearer ${this.#key}`);
    // A view of shared memory is the only one that fetch does not take, and it says so itself.
    const body = (request.body ?? null) as BodyInit | null;
    return { method: request.method, headers, body, signal: deadline.signal };
  }

  /** What a failure is to the caller. */
  #failure(error: unknown, deadline: Deadline, signal: AbortSignal | undefined): unknown {
    if (error instanceof ClocheError) return error;
    if (signal?.aborted) return signal.reason;
    const why = deadline.expired ? "took too long" : error instanceof Error ? error.message : String(error);
    return new Unreachable(`${this.#base} does not answer: ${why}`, { cause: error });
  }
}

async function told(response: Response, deadline: Deadline): Promise<{ status: number; body: unknown }> {
  const text = await response.text();
  deadline.end();
  return { status: response.status, body: jsonOf(text, response) };
}

function requestOf(method: Method, path: string, wish: Wish, timeoutSeconds: number): Request {
  const { waitSeconds = 0 } = wish;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (waitSeconds > 0) headers["Prefer"] = `wait=${Math.ceil(waitSeconds)}`;
  if (wish.body !== undefined) headers["Content-Type"] = "application/json";
  if (wish.idempotencyKey !== undefined) headers["Idempotency-Key"] = wish.idempotencyKey;
  return {
    method: method.toUpperCase(),
    path: expand(path, wish.path) + queryOf(wish.query),
    headers,
    // The time that the server was told to take is not late.
    timeoutSeconds: timeoutSeconds + waitSeconds,
    repeatable: wish.repeatable ?? (READING.has(method) || wish.idempotencyKey !== undefined),
    ...(wish.body === undefined ? {} : { body: JSON.stringify(wish.body) }),
    ...(wish.signal === undefined ? {} : { signal: wish.signal }),
  };
}

async function* piecesOf(
  response: Response,
  deadline: Deadline,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  let finished = reader === undefined;
  try {
    while (reader !== undefined && !finished) {
      // Only the server's time counts: who reads slowly is not late.
      deadline.arm();
      const { done, value } = await reader.read();
      deadline.disarm();
      finished = done;
      if (value !== undefined) yield value;
    }
  } catch (error) {
    finished = true;
    throw failure(error);
  } finally {
    deadline.end();
    if (!finished) await reader?.cancel().catch(() => undefined);
  }
}

/** The error that an answer says it is. */
async function refusalOf(response: Response): Promise<ClocheError> {
  const { status, statusText } = response;
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    if (isProblem(value)) return errorOf(value, retryAfterOf(response.headers, Date.now()));
  } catch {
    // Not this API's, or the answer to a HEAD.
  }
  if (text === "" && status < 500) return errorOf({ type: "", title: statusText || `status ${status}`, status, code: "" });
  return new UnexpectedAnswer(`${response.url} answered ${status}`, { status });
}

function jsonOf(text: string, response: Response): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // It is said below.
  }
  throw new UnexpectedAnswer(`${response.url} answered ${response.status} without the JSON of this API`);
}
