// Which language a text is probably in: for its colours only, since the server decides by itself (`auto`).

import type { LanguageView } from "cloche";

const SHEBANGS: readonly (readonly [RegExp, string])[] = [
  [/^#!.*\bpython/, "python"],
  [/^#!.*\b(?:ba|da|z)?sh\b/, "bash"],
  [/^#!.*\bnode\b/, "javascript"],
  [/^#!.*\bruby\b/, "ruby"],
];
const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^\s*package\s+main\b/m, "go"],
  [/^\s*fn\s+main\s*\(/m, "rust"],
  [/\bpublic\s+static\s+void\s+main\b/, "java"],
  [/#include\s*<(?:iostream|vector|string|map|algorithm)>|\bstd::/, "c++"],
  [/^\s*#include\s*[<"]/m, "c"],
  [/^\s*(?:interface|type)\s+\w+\s*[={]|:\s*(?:string|number|boolean)\b/m, "typescript"],
  [/\bconsole\.log\(|^\s*(?:const|let)\s+\w+\s*=/m, "javascript"],
  [/^\s*(?:puts|require)\s/m, "ruby"],
  [/^\s*(?:def|import|from|print)\b/m, "python"],
  [/^\s*(?:echo|if \[|for \w+ in)\b/m, "bash"],
];

export function guess(code: string, name: string, languages: readonly LanguageView[]): string | undefined {
  const suffix = /\.[^./]+$/.exec(name)?.[0].toLowerCase();
  const named = suffix && languages.find((one) => one.suffixes.includes(suffix));
  if (named) return named.name;
  const first = code.slice(0, 200);
  return [...SHEBANGS.filter(([sign]) => sign.test(first)), ...SIGNS.filter(([sign]) => sign.test(code.slice(0, 20_000)))][0]?.[1];
}
