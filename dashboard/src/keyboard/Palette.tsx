import { Combobox, Modal, Text, TextInput, useCombobox } from "@mantine/core";
import { defaultStringifySearch, useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useState } from "react";
import { PLACES } from "~/app/places";

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface Choice {
  readonly name: string;
  readonly to: string;
  readonly hint: string;
}

/** Ctrl+K: every page by its name, and an evaluation by its id. */
export function Palette({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} withCloseButton={false} title="Go to" padding="sm">
      <Search onClose={onClose} />
    </Modal>
  );
}

function Search({ onClose }: { readonly onClose: () => void }) {
  const [words, setWords] = useState("");
  const navigate = useNavigate();
  const combobox = useCombobox({ opened: true });
  const choices = choicesFor(words.trim());
  const first = useEffectEvent(() => combobox.selectFirstOption());
  useEffect(() => {
    first();
  }, [words]);
  const go = (to: string) => {
    onClose();
    void navigate({ href: to });
  };
  return (
    <Combobox store={combobox} onOptionSubmit={go} withinPortal={false}>
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          aria-label="A page, or the id of an evaluation"
          placeholder="A page, or the id of an evaluation"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      </Combobox.EventsTarget>
      <Combobox.Options mt="xs" aria-label="Places">
        {choices.map((choice) => (
          <Combobox.Option key={choice.to} value={choice.to}>
            {choice.name} <Text span size="xs" c="dimmed">{choice.hint}</Text>
          </Combobox.Option>
        ))}
      </Combobox.Options>
    </Combobox>
  );
}

function choicesFor(words: string): Choice[] {
  if (ID.test(words.toLowerCase())) {
    return [{ name: "Open this evaluation", to: `/evaluations/${words.toLowerCase()}`, hint: words }];
  }
  const small = words.toLowerCase();
  const places = PLACES.filter((place) => `${place.name} ${place.about}`.toLowerCase().includes(small));
  const choices = places.map((place) => ({ name: place.name, to: place.to, hint: place.about }));
  if (words !== "") choices.push({ name: `Search the history for “${words}”`, to: `/history${defaultStringifySearch({ q: words })}`, hint: "" });
  return choices;
}
