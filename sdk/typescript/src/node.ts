// For Node: finding a system to talk to, by the environment first, then a local one that `cloche up` started.

import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

import { Client, type ClientOptions } from "./client.ts";
import { NothingRunning } from "./errors.ts";

const FOLDER = ".cloche";
const STATE_FILE = "state.json";
const URL_VARIABLE = "CLOCHE_URL";
const KEY_VARIABLE = "CLOCHE_API_KEY";

/** Where the API is and the key to it. */
export interface Target {
  readonly url: string;
  readonly apiKey: string;
}

/** A client for `CLOCHE_URL`, else for the system that `cloche up` runs in this folder or one above. */
export async function local(options: Partial<ClientOptions> & { readonly start?: string } = {}): Promise<Client> {
  const { start, ...rest } = options;
  return new Client({ ...(await find(start)), ...rest });
}

/** `CLOCHE_URL` with `CLOCHE_API_KEY`, else the local system of the folder `start`. `NothingRunning` if neither. */
export async function find(start = process.cwd()): Promise<Target> {
  const url = process.env[URL_VARIABLE]?.trim();
  if (url) return { url, apiKey: process.env[KEY_VARIABLE]?.trim() ?? "" };
  const folder = await folderAbove(resolve(start));
  if (folder === undefined) throw new NothingRunning(`no ${FOLDER} folder here or above, and ${URL_VARIABLE} is not set`);
  const state = await stateOf(folder);
  if (!state.url || state.state === "stopped") throw new NothingRunning(`the system in ${folder} is not running`);
  return { url: state.url, apiKey: state.api_key ?? "" };
}

/** The nearest `.cloche` in `start` or above it that belongs to us; another user's could lead us astray. */
async function folderAbove(start: string): Promise<string | undefined> {
  const candidate = join(start, FOLDER);
  const found = await stat(candidate).catch(() => undefined);
  if (found?.isDirectory() && found.uid === (process.getuid?.() ?? found.uid)) return candidate;
  const above = dirname(start);
  return above === start ? undefined : folderAbove(above);
}

/** The part of a local system's state file that clients need. */
interface LocalState {
  readonly state?: string;
  readonly url?: string;
  readonly api_key?: string;
}

async function stateOf(folder: string): Promise<LocalState> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, STATE_FILE), "utf8"));
    return value as LocalState;
  } catch (error) {
    throw new NothingRunning(`${folder} says nothing of a running system`, { cause: error });
  }
}
