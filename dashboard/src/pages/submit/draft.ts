// What is being written on the page, and what it is as a request. All pure.

import type { EvaluationView, FileBody, LimitsBody, SubmitBatch, SubmitEvaluation } from "cloche";

export interface Pair {
  readonly name: string;
  readonly value: string;
}

export interface DraftFile {
  readonly name: string;
  /** Text, or bytes in base64 of what is none. */
  readonly content?: string;
  readonly data?: string;
  readonly size: number;
}

export type LimitName = keyof EvaluationView["limits"];
export type When = "now" | "delay" | "at" | "cron";
export type Many = "one" | "times" | "grid" | "files";

export interface Draft {
  readonly code: string;
  readonly language: string;
  readonly name: string;
  readonly files: readonly DraftFile[];
  /** One argument a line. */
  readonly argv: string;
  readonly stdin: string;
  readonly env: readonly Pair[];
  readonly labels: readonly Pair[];
  readonly engine: NonNullable<SubmitEvaluation["engine"]>;
  readonly require: "" | NonNullable<SubmitEvaluation["require"]>;
  readonly image: string;
  readonly priority: NonNullable<SubmitEvaluation["priority"]>;
  /** As written; sizes may have a unit. */
  readonly limits: Readonly<Partial<Record<LimitName, string>>>;
  readonly attempts: string;
  readonly when: When;
  readonly delay: string;
  readonly at: string;
  readonly cron: string;
  readonly timezone: string;
  readonly scheduleName: string;
  readonly many: Many;
  readonly times: string;
  /** Values one a line. */
  readonly parameters: readonly Pair[];
  readonly batchName: string;
  readonly concurrency: string;
}

export const EMPTY: Draft = {
  code: "", language: "auto", name: "", files: [], argv: "", stdin: "", env: [], labels: [], engine: "auto", require: "",
  image: "", priority: "normal", limits: {}, attempts: "", when: "now", delay: "60", at: "", cron: "0 3 * * *", timezone: "UTC",
  scheduleName: "", many: "one", times: "5", parameters: [{ name: "SEED", value: "1\n2\n3" }], batchName: "", concurrency: "",
};

/** Something that cannot be sent as it stands. `field` is its pointer in the request. */
export class Unclear extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** The body of one evaluation. `Unclear` where a field cannot be read. What is not filled in is not sent. */
export function submissionOf(draft: Draft): SubmitEvaluation {
  const limits = limitsOf(draft.limits);
  const attempts = draft.attempts.trim();
  return {
    ...(draft.code !== "" && { code: draft.code }),
    language: draft.language,
    ...(draft.name.trim() !== "" && { name: draft.name.trim() }),
    ...(draft.files.length > 0 && { files: draft.files.map(fileBodyOf) }),
    ...(draft.argv !== "" && { argv: linesOf(draft.argv) }),
    ...(draft.stdin !== "" && { stdin: draft.stdin }),
    ...recordOf("env", draft.env),
    ...recordOf("labels", draft.labels),
    ...(draft.engine !== "auto" && { engine: draft.engine }),
    ...(draft.require !== "" && { require: draft.require }),
    ...(draft.image !== "" && { image: draft.image }),
    ...(draft.priority !== "normal" && { priority: draft.priority }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(attempts !== "" && { retry: { attempts: numberOf("/retry/attempts", attempts) } }),
    ...(draft.when === "delay" && { delay_seconds: numberOf("/delay_seconds", draft.delay) }),
    ...(draft.when === "at" && { run_at: momentOf(draft.at) }),
  };
}

/** The body of a batch, where the draft is one. */
export function batchOf(draft: Draft): SubmitBatch {
  const terms = {
    ...(draft.batchName.trim() !== "" && { name: draft.batchName.trim() }),
    ...(draft.concurrency.trim() !== "" && { concurrency: numberOf("/concurrency", draft.concurrency) }),
  };
  const template = submissionOf(draft);
  switch (draft.many) {
    case "times": {
      const times = numberOf("/times", draft.times);
      return { ...terms, evaluations: Array.from({ length: times }, () => template) };
    }
    case "grid": {
      const given = draft.parameters.filter((one) => one.name.trim() !== "");
      return { ...terms, template, parameters: Object.fromEntries(given.map((one) => [one.name.trim(), linesOf(one.value)])) };
    }
    case "files": {
      // Each file is a program of its own; what stands in the editor is none of them.
      const rest = submissionOf({ ...draft, code: "", name: "", files: [] });
      return { ...terms, evaluations: draft.files.map((file) => ({ ...rest, name: file.name, files: [fileBodyOf(file)] })) };
    }
    case "one":
      return { ...terms, evaluations: [template] };
  }
}

/** How many evaluations it makes; undefined while that cannot be told. */
export function sizeOf(draft: Draft): number | undefined {
  switch (draft.many) {
    case "one":
      return 1;
    case "times":
      return /^\d+$/.test(draft.times.trim()) ? Number(draft.times) : undefined;
    case "files":
      return draft.files.length;
    case "grid": {
      const given = draft.parameters.filter((one) => one.name.trim() !== "");
      return given.reduce((size, one) => size * linesOf(one.value).length, given.length > 0 ? 1 : 0);
    }
  }
}

/** Bytes that it takes, roughly: what grows is the text. */
export function weightOf(draft: Draft): number {
  const texts = [draft.code, draft.stdin, draft.argv];
  const files = draft.files.reduce((sum, file) => sum + file.size, 0);
  return texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, files);
}

/** The draft that would be sent as this submission. Blobs that it names are not in it. */
export function draftOf(spec: SubmitEvaluation): Draft {
  return {
    ...EMPTY,
    code: spec.code ?? "",
    language: spec.language ?? "python",
    name: spec.name ?? "",
    files: (spec.files ?? []).map(draftFileOf),
    argv: (spec.argv ?? []).join("\n"),
    stdin: spec.stdin ?? "",
    env: pairsOf(spec.env),
    labels: pairsOf(spec.labels),
    engine: spec.engine ?? "auto",
    require: spec.require ?? "",
    image: spec.image ?? "",
    priority: spec.priority ?? "normal",
    limits: Object.fromEntries(Object.entries(spec.limits ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]))),
    attempts: spec.retry?.attempts ? String(spec.retry.attempts) : "",
  };
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1, b: 1, k: 2 ** 10, kb: 1e3, kib: 2 ** 10, m: 2 ** 20, mb: 1e6, mib: 2 ** 20, g: 2 ** 30, gb: 1e9, gib: 2 ** 30,
};

/** A limit as people write it: `2.5`, `64 MiB`, `1g`. */
export function amountOf(field: string, text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  if (match === null || unit === undefined) throw new Unclear(field, `"${text}" is no amount: 2.5, 64 MiB`);
  return Number(match[1]) * unit;
}

function limitsOf(given: Draft["limits"]): LimitsBody {
  const entries = Object.entries(given).filter(([, text]) => text.trim() !== "");
  return Object.fromEntries(entries.map(([name, text]) => [name, amountOf(`/limits/${name}`, text)]));
}

function numberOf(field: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new Unclear(field, `"${text}" is no number`);
  return value;
}

/** A moment of the reader's own time zone, as the wire has it. */
function momentOf(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Unclear("/run_at", "say a day and a time");
  return at.toISOString();
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function recordOf<K extends "env" | "labels">(field: K, pairs: readonly Pair[]): Partial<Record<K, Record<string, string>>> {
  const given = pairs.filter((pair) => pair.name.trim() !== "");
  if (given.length === 0) return {};
  const record: Partial<Record<K, Record<string, string>>> = {};
  record[field] = Object.fromEntries(given.map((pair) => [pair.name.trim(), pair.value]));
  return record;
}

function pairsOf(record: Readonly<Record<string, string>> | undefined): readonly Pair[] {
  return Object.entries(record ?? {}).map(([name, value]) => ({ name, value }));
}

function fileBodyOf(file: DraftFile): FileBody {
  return file.data === undefined ? { name: file.name, content: file.content ?? "" } : { name: file.name, data: file.data };
}

function draftFileOf(file: FileBody): DraftFile {
  if (file.data != null) return { name: file.name, data: file.data, size: Math.floor((file.data.length * 3) / 4) };
  const content = file.content ?? "";
  return { name: file.name, content, size: new TextEncoder().encode(content).length };
}
