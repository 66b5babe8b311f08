import { Button, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { TenantView } from "cloche";
import { useState } from "react";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { CAP_WORDS, CAPS, changesOf, draftOf, RATES } from "./tenant-draft";

/** Makes a tenant, or changes one: only what was changed is sent. */
export function TenantForm({ view, onDone }: { readonly view?: TenantView | undefined; readonly onDone: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [before] = useState(() => draftOf(view));
  const [draft, setDraft] = useState(before);
  const save = useMutation({
    mutationFn: () => {
      const changes = changesOf(before, draft);
      return view ? client.tenants.change(view.tenant, changes) : client.tenants.create({ ...changes, name: draft.name });
    },
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ queryKey: ["tenants"] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />
        <Text size="sm" c="dimmed">What is left empty is the server&apos;s default.</Text>
        <SimpleGrid cols={2}>
          {CAPS.map((name) => (
            <NumberInput key={name} label={CAP_WORDS[name]} min={0} value={draft.caps[name]} onChange={(value) => setDraft({ ...draft, caps: { ...draft.caps, [name]: value } })} />
          ))}
          {RATES.map((name) => (
            <NumberInput key={name} label={`Requests a minute: ${name}`} min={1} value={draft.rates[name]} onChange={(value) => setDraft({ ...draft, rates: { ...draft.rates, [name]: value } })} />
          ))}
        </SimpleGrid>
        {save.isError && <Trouble error={save.error} />}
        <Group justify="flex-end"><Button type="submit" loading={save.isPending}>{view ? "Change it" : "Make it"}</Button></Group>
      </Stack>
    </form>
  );
}
