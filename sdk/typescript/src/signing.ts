// Signed requests: HTTP Message Signatures (RFC 9421) with hmac-sha256, in the profile of docs/signing.md.

import { BadTarget } from "./errors.ts";

/** What of a request is signed. */
export interface Signable {
  readonly method: string;
  /** Whole, or from the path on, as it is sent. */
  readonly url: string;
  readonly body?: string | Uint8Array | undefined;
}

/** What makes each signature another one. */
export interface Once {
  /** Seconds since 1970, whole. */
  readonly created: number;
  /** 16 to 128 letters, digits or `_.~+/=-`; never the same twice. */
  readonly nonce: string;
}

/** The headers of a signed request, by their names. */
export type SignedHeaders = Readonly<Record<"Content-Digest" | "Signature-Input" | "Signature", string>>;

const KEY = /^cloche_([a-z2-7]{12})_([0-9a-f]{48})$/;
const PURPOSE = "cloche request signing v1";
const COMPONENTS = '("@method" "@path" "@query" "content-digest")';
const HMAC = { name: "HMAC", hash: "SHA-256" };

/** Signs with one key, which never leaves it. */
export class Signer {
  readonly #id: string;
  readonly #secret: string;
  #key: Promise<CryptoKey> | undefined;

  /** `BadTarget` if the key is none of `POST /v1/keys`: the first key of a system does not sign. */
  constructor(apiKey: string) {
    const [, id, secret] = KEY.exec(apiKey.trim()) ?? [];
    if (id === undefined || secret === undefined) throw new BadTarget("this key does not sign: make one by client.keys.create");
    this.#id = id;
    this.#secret = secret;
  }

  /** The headers that prove a request. It is signed anew each time that it is sent. */
  async sign(request: Signable, once: Once = onceMore()): Promise<SignedHeaders> {
    // Addresses are what `fetch` makes of them, and it reads them as URL does.
    const { pathname, search } = new URL(request.url, "http://nowhere.invalid");
    const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", bytes(request.body ?? "")))}:`;
    const parameters = `${COMPONENTS};created=${once.created};keyid="${this.#id}";nonce="${once.nonce}";alg="hmac-sha256"`;
    const base = [
      `"@method": ${request.method}`,
      `"@path": ${pathname}`,
      `"@query": ${search || "?"}`,
      `"content-digest": ${digest}`,
      `"@signature-params": ${parameters}`,
    ].join("\n");
    // Derived once: of each further request it is one HMAC.
    this.#key ??= derived(this.#secret);
    const signature = base64(await crypto.subtle.sign(HMAC, await this.#key, bytes(base)));
    return {
      "Content-Digest": digest,
      "Signature-Input": `sig1=${parameters}`,
      Signature: `sig1=:${signature}:`,
    };
  }
}

/** The key that signs; the secret itself is known to nobody but its owner. */
async function derived(secret: string): Promise<CryptoKey> {
  const own = await crypto.subtle.importKey("raw", bytes(secret), HMAC, false, ["sign"]);
  const raw = await crypto.subtle.sign(HMAC, own, bytes(PURPOSE));
  return crypto.subtle.importKey("raw", raw, HMAC, false, ["sign"]);
}

function onceMore(): Once {
  return { created: Math.floor(Date.now() / 1000), nonce: base64(crypto.getRandomValues(new Uint8Array(16)).buffer) };
}

function bytes(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // Of shared memory nothing is digested, and the call says so itself.
  return (typeof data === "string" ? new TextEncoder().encode(data) : data) as Uint8Array<ArrayBuffer>;
}

function base64(data: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(data)));
}
