// `client.blobs`: inputs that are too large for a submission, stored once under their digest.

import { expand } from "./address.ts";
import { NotFound } from "./errors.ts";
import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import { joined } from "./streaming.ts";
import type { FileBody, SubmitEvaluation } from "./types.ts";

/** The server's default; what is larger is sent ahead as blobs. */
export const BODY_BYTES = 1 << 20;
// Beside what is sent ahead there are labels, names and the like.
const AIM_BYTES = BODY_BYTES / 2;
const LEAST_BYTES = 16 << 10;
const UPLOAD_SECONDS = 600;

export class Blobs {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Store `data`, once; its digest, to be named in a submission. `Invalid` if it is too large for one. */
  async put(data: Uint8Array, options: CallOptions = {}): Promise<string> {
    const digest = await sha256(data);
    if (!(await this.has(digest, options))) {
      await this.#http.upload(place(digest), data, { ...options, timeoutSeconds: UPLOAD_SECONDS });
    }
    return digest;
  }

  /** Whether a submission may refer to it. */
  async has(digest: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#http.probe(place(digest), options);
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
    return true;
  }

  /** The bytes of a blob, whole in memory. */
  async get(digest: string, options: CallOptions = {}): Promise<Uint8Array> {
    const opened = await this.#http.open(place(digest), options);
    return joined(opened.pieces());
  }

  /** The same submission within the size of a body: its largest texts are blobs by now. */
  async slimmed(evaluation: SubmitEvaluation, options: CallOptions = {}): Promise<SubmitEvaluation> {
    let over = bytes(JSON.stringify(evaluation)).length - BODY_BYTES;
    if (over <= 0) return evaluation;
    over += BODY_BYTES - AIM_BYTES;
    const slim = { ...evaluation, files: [...(evaluation.files ?? [])] };
    for (const part of parts(slim).sort((a, b) => b.data.length - a.data.length)) {
      if (over <= 0 || part.data.length < LEAST_BYTES) break;
      over -= part.data.length;
      part.replace(await this.put(part.data, options));
    }
    return slim;
  }
}

/** A text of a submission, and how a blob takes its place. */
interface Part {
  readonly data: Uint8Array;
  replace(digest: string): void;
}

function parts(slim: SubmitEvaluation & { files: FileBody[] }): Part[] {
  const found: Part[] = [
    {
      data: bytes(slim.code ?? ""),
      replace: (digest) => Object.assign(slim, { code: "", code_blob: digest }),
    },
    {
      data: bytes(slim.stdin ?? ""),
      replace: (digest) => Object.assign(slim, { stdin: "", stdin_blob: digest }),
    },
  ];
  slim.files.forEach((file, index) => {
    const replace = (digest: string): void => {
      slim.files[index] = { name: file.name, blob: digest };
    };
    found.push({ data: contentOf(file), replace });
  });
  return found;
}

function contentOf(file: FileBody): Uint8Array {
  if (file.data === undefined || file.data === null) return bytes(file.content ?? "");
  return Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
}

/** A file of a submission: text, or bytes as they are. */
export function fileOf(name: string, content: string | Uint8Array): FileBody {
  if (typeof content === "string") return { name, content };
  let binary = "";
  for (const byte of content) binary += String.fromCharCode(byte);
  return { name, data: btoa(binary) };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** In hex, lower case. */
async function sha256(data: Uint8Array): Promise<string> {
  // Of shared memory nothing is digested, and the call says so itself.
  const digest = await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function place(digest: string): string {
  return expand("/v1/blobs/{sha256}", { sha256: digest });
}
