import { Group, Select, TextInput } from "@mantine/core";
import type { LanguageView } from "cloche";
import type { Draft } from "./draft";

/** What it is called, and what it is written in. */
export function Program({ draft, change, languages, guessed }: {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly languages: readonly LanguageView[];
  readonly guessed: string | undefined;
}) {
  const names = ["auto", ...languages.map((one) => one.name)];
  const known = names.includes(draft.language) ? names : [...names, draft.language];
  return (
    <Group gap="sm" grow preventGrowOverflow={false}>
      <TextInput label="Name" placeholder="main.py" description="With its suffix; tells the language" maxLength={1024} value={draft.name} onChange={(event) => change({ name: event.currentTarget.value })} />
      <Select
        label="Language"
        description={draft.language !== "auto" ? "auto finds it out" : guessed === undefined ? "The server finds it out" : `Looks like ${guessed}`}
        data={known}
        value={draft.language}
        allowDeselect={false}
        searchable
        onChange={(language) => language && change({ language })}
      />
    </Group>
  );
}
