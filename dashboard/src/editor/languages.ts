// How each language of the API is coloured. Each is loaded when somebody writes in it.

import type { Extension } from "@codemirror/state";
import { StreamLanguage } from "@codemirror/language";

const LOADERS: Readonly<Record<string, () => Promise<Extension>>> = {
  python: async () => (await import("@codemirror/lang-python")).python(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript(),
  typescript: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  c: async () => (await import("@codemirror/lang-cpp")).cpp(),
  "c++": async () => (await import("@codemirror/lang-cpp")).cpp(),
  go: async () => (await import("@codemirror/lang-go")).go(),
  rust: async () => (await import("@codemirror/lang-rust")).rust(),
  java: async () => (await import("@codemirror/lang-java")).java(),
  bash: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/shell")).shell),
  ruby: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/ruby")).ruby),
};

/** Nothing for a language that nobody knows the colours of. */
export async function languageFor(name: string): Promise<Extension> {
  return (await LOADERS[name]?.()) ?? [];
}
