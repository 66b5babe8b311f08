// `client.about()`: who answers, and what it takes this key for.

import { UnexpectedAnswer } from "./errors.ts";
import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";

/** Who answers, and for whom. */
export interface About {
  readonly name: string;
  readonly version: string;
  readonly tenant: string;
  /** The id of the key. */
  readonly key: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Where traces are shown: `{trace_id}` in it stands for the id of one. */
  readonly trace_url?: string | null;
}

export async function about(http: Http, options: CallOptions): Promise<About> {
  const answer: unknown = await http.ask("get", "/v1", options);
  if (isAbout(answer)) return answer;
  throw new UnexpectedAnswer("what answers is not Cloche");
}

function isAbout(value: unknown): value is About {
  if (typeof value !== "object" || value === null) return false;
  const { name, version, tenant, key, role, scopes } = value as Partial<Record<keyof About, unknown>>;
  const texts = [name, version, tenant, key, role].every((one) => typeof one === "string");
  return texts && name === "cloche" && Array.isArray(scopes) && scopes.every((one) => typeof one === "string");
}
