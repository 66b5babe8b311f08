// `client.keys` and `client.tenants`: for administrators.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import { linesOf } from "./streaming.ts";
import type {
  AccessRecord,
  ChangeKey,
  ChangeTenant,
  CreateKey,
  CreateTenant,
  ImportReport,
  KeyList,
  KeyView,
  NewKey,
  SecretName,
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

  /** One key, without what proves it. */
  get(id: string, options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("get", "/v1/keys/{key}", { ...options, path: { key: id } });
  }

  /** What `wish` leaves out stays. `Conflict` (`key_cannot_sign`) if it is to sign and was made before keys could. */
  change(id: string, wish: ChangeKey, options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("patch", "/v1/keys/{key}", { ...options, path: { key: id }, body: wish, repeatable: true });
  }

  /**
   * Another secret for the same key. The old one stays good for `overlapSeconds`: a day unless said otherwise, at most 90.
   *
   * `Conflict` (`rotation_open`) while two are good already. If the answer is lost, nobody has the new secret:
   * `endSecret(id, "current")` takes the rotation back.
   */
  rotate(id: string, options: CallOptions & { readonly overlapSeconds?: number | undefined } = {}): Promise<NewKey> {
    const { overlapSeconds, signal } = options;
    const body = overlapSeconds === undefined ? {} : { overlap_seconds: overlapSeconds };
    return this.#http.ask("post", "/v1/keys/{key}/rotate", { path: { key: id }, body, signal });
  }

  /** End one of two good secrets at once; the other stays. `Conflict` (`no_rotation`) if there is only one. */
  endSecret(id: string, which: SecretName, options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("delete", "/v1/keys/{key}/secrets/{which}", { ...options, path: { key: id, which } });
  }

  /** From now on nobody gets in with the key of this id. */
  revoke(id: string, options: CallOptions = {}): Promise<KeyView> {
    return this.#http.ask("delete", "/v1/keys/{key}", { ...options, path: { key: id }, repeatable: true });
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

  /** Make a tenant; its token is the server's. A cap or a rate that is left out is the server's default. */
  create(wish: CreateTenant, options: CallOptions = {}): Promise<TenantView> {
    return this.#http.ask("post", "/v1/tenants", { ...options, body: wish });
  }

  /** One tenant. */
  get(tenant: string, options: CallOptions = {}): Promise<TenantView> {
    return this.#http.ask("get", "/v1/tenants/{tenant}", { ...options, path: { tenant } });
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
