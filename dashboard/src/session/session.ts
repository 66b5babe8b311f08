// Whose key this page uses. It lives in this tab, and in the tabs beside it that ask for it: never in an address, a
// cookie or a file.

const NAME = "cloche.api-key";
const CHANNEL = "cloche.session";

export type Session =
  | { readonly kind: "in"; readonly key: string }
  /** `why`: what went wrong with the key that was used so far. */
  | { readonly kind: "out"; readonly why: string | undefined };

type Message = { readonly says: "who-has-a-key" } | { readonly says: "key"; readonly key: string } | { readonly says: "out" };

export class SessionStore {
  #session: Session;
  readonly #storage: Storage;
  readonly #channel: BroadcastChannel | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(storage: Storage, channel = channelOf()) {
    this.#storage = storage;
    this.#channel = channel;
    const key = storage.getItem(NAME);
    this.#session = key === null ? { kind: "out", why: undefined } : { kind: "in", key };
    channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (isMessage(event.data)) this.#hear(event.data);
    });
    if (key === null) this.#say({ says: "who-has-a-key" });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly current = (): Session => this.#session;

  signIn(key: string): void {
    this.#storage.setItem(NAME, key);
    this.#become({ kind: "in", key });
    this.#say({ says: "key", key });
  }

  /** In every tab. */
  signOut(): void {
    this.#forget(undefined);
    this.#say({ says: "out" });
  }

  /** The key that was used is no longer good. */
  refused(key: string, why: string): void {
    if (this.#session.kind === "in" && this.#session.key === key) this.#forget(why);
  }

  #forget(why: string | undefined): void {
    this.#storage.removeItem(NAME);
    this.#become({ kind: "out", why });
  }

  #hear(message: Message): void {
    switch (message.says) {
      case "who-has-a-key":
        if (this.#session.kind === "in") this.#say({ says: "key", key: this.#session.key });
        break;
      case "key":
        if (this.#session.kind === "out") {
          this.#storage.setItem(NAME, message.key);
          this.#become({ kind: "in", key: message.key });
        }
        break;
      case "out":
        if (this.#session.kind === "in") this.#forget(undefined);
        break;
    }
  }

  #become(session: Session): void {
    this.#session = session;
    for (const listener of this.#listeners) listener();
  }

  #say(message: Message): void {
    this.#channel?.postMessage(message);
  }
}

function channelOf(): BroadcastChannel | undefined {
  return typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(CHANNEL);
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== "object" || value === null || !("says" in value)) return false;
  if (value.says === "key") return "key" in value && typeof value.key === "string";
  return value.says === "who-has-a-key" || value.says === "out";
}
