// `client.keys` and `client.tenants`: for administrators.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import { linesOf } from "./streaming.ts";
import type {
  AccessRecord,
  ChangeTenant,
  CreateKey,
  CreateTenant,
  ImportReport,
  KeyList,
  KeyView,
  NewKey,
  RotateKey,
  TenantList,
  TenantView,
} from "./types.ts";

export class Keys {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Make a key. Nobody is told it a second time. */
  create(wish: CreateKey, options: CallOptions = {}): Promise<NewKey> {
    return this.#http.ask("post", "/v1/keys", { ...options, body: wish });
  }

  /** Keys of one tenant, or of all; oldest first. */
  list(options: CallOptions & { readonly tenant?: string | undefined } = {}): Promise<KeyList> {
    const { tenant, signal } = options;
    return this.#http.ask("get", "/v1/keys", { query: { tenant }, signal });
  }

  /** From now on nobody gets in with the key of this id. */
  revoke(id: string, options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("delete", "/v1/keys/{key}", { ...options, path: { key: id }, repeatable: true });
  }

  /** Another secret; the old one is good for `overlap_seconds` more. Nobody is told the new one a second time. */
  rotate(id: string, wish: RotateKey = {}, options: CallOptions = {}): Promise<NewKey> {
    return this.#http.ask("post", "/v1/keys/{key}/rotate", { ...options, path: { key: id }, body: wish });
  }

  /** End the secret before the last rotation, or take that rotation back (`current`). */
  endSecret(id: string, which: "previous" | "current", options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("delete", "/v1/keys/{key}/secrets/{which}", { ...options, path: { key: id, which } });
  }

  /** Every tenant and key as the server keeps them, tenants first. What proves a key is in none of them. */
  async *export(options: CallOptions = {}): AsyncGenerator<AccessRecord, void, undefined> {
    const opened = await this.#http.open("/v1/keys/export", options);
    for await (const line of linesOf(opened.pieces())) {
      const record: unknown = JSON.parse(line);
      yield record as AccessRecord;
    }
  }

  /** Take in records of an export, at most 1,000; tenants before their keys. What is there stays as it is. */
  import(records: readonly AccessRecord[], options: CallOptions = {}): Promise<ImportReport> {
    const body = { records: [...records] };
    return this.#http.ask("post", "/v1/keys/import", { ...options, body, repeatable: true });
  }
}

export class Tenants {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Make a tenant; its token is the server's. A cap that is left out is the server's default. */
  create(wish: CreateTenant, options: CallOptions = {}): Promise<TenantView> {
    return this.#http.ask("post", "/v1/tenants", { ...options, body: wish });
  }

  /** What `wish` leaves out stays; null is the server's default again. */
  change(tenant: string, wish: ChangeTenant, options: CallOptions = {}): Promise<TenantView> {
    return this.#http.ask("patch", "/v1/tenants/{tenant}", {
      ...options,
      path: { tenant },
      body: wish,
      repeatable: true,
    });
  }

  /** Every tenant, oldest first. */
  list(options: CallOptions = {}): Promise<TenantList> {
    return this.#http.ask("get", "/v1/tenants", options);
  }
}
