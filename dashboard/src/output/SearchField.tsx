import { Button, Group, Text, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { count } from "~/time/amounts";
import type { OutputLog } from "./log";
import { Finder, patternOf, type Wanted } from "./search";

export interface Search {
  readonly wanted: Wanted;
  readonly want: (wanted: Wanted) => void;
  /** undefined while nothing is searched for. */
  readonly pattern: RegExp | undefined;
  readonly wrong: boolean;
  readonly found: number;
  /** Which of them one is at, from 0; -1 before the first. */
  readonly at: number;
  /** The line that one is at. */
  readonly line: number | undefined;
  readonly step: (by: number) => void;
}

/** What is searched for, and where it is so far. `show` brings a line into sight. */
export function useSearch(log: OutputLog, version: number, show: (line: number) => void): Search {
  const [wanted, setWanted] = useState<Wanted>({ words: "", regex: false, caseMatters: false });
  const [at, setAt] = useState(-1);
  const [, setLooked] = useState(0);
  const pattern = useMemo(() => patternOf(wanted), [wanted]);
  const finder = useMemo(() => pattern && new Finder(pattern), [pattern]);
  useEffect(() => {
    if (finder === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const done = finder.advance(log);
      setLooked((before) => before + 1);
      if (!done) timer = setTimeout(look, 0);
    };
    timer = setTimeout(look, 0);
    return () => clearTimeout(timer);
  }, [finder, log, version]);
  const found = finder?.found ?? [];
  return {
    wanted,
    want: (next) => {
      setWanted(next);
      setAt(-1);
    },
    pattern,
    wrong: wanted.words !== "" && pattern === undefined,
    found: found.length,
    at,
    line: found[at],
    step: (by) => {
      if (found.length === 0) return;
      const next = (at + by + found.length) % found.length;
      const line = found[at < 0 && by < 0 ? found.length - 1 : next];
      setAt(at < 0 && by < 0 ? found.length - 1 : next);
      if (line !== undefined) show(line);
    },
  };
}

export function SearchField({ search }: { readonly search: Search }) {
  const { wanted, want } = search;
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        type="search"
        size="xs"
        w={200}
        placeholder="Find in output (/)"
        aria-label="Find in output"
        value={wanted.words}
        error={search.wrong}
        onChange={(event) => want({ ...wanted, words: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter") search.step(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <Button size="compact-xs" variant={wanted.caseMatters ? "filled" : "default"} aria-pressed={wanted.caseMatters} aria-label="Upper and lower case matter" onClick={() => want({ ...wanted, caseMatters: !wanted.caseMatters })}>Aa</Button>
      <Button size="compact-xs" variant={wanted.regex ? "filled" : "default"} aria-pressed={wanted.regex} aria-label="Regular expression" onClick={() => want({ ...wanted, regex: !wanted.regex })}>.*</Button>
      {search.pattern && (
        <Text size="xs" c="dimmed" role="status" miw={70}>
          {search.at >= 0 ? `${count(search.at + 1)} of ` : ""}{count(search.found)} lines
        </Text>
      )}
    </Group>
  );
}
