import { Button, Checkbox, Group, MultiSelect, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { EMPTY_KEY, RATED, ROLES, SCOPES, wishOf, type KeyDraft } from "./key-draft";
import { ShownOnce } from "./ShownOnce";

/** Asks what the key may do, makes it, and shows it once. */
export function CreateKeyForm({ onDone }: { readonly onDone: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<KeyDraft>(EMPTY_KEY);
  const make = useMutation({
    mutationFn: () => client.keys.create(wishOf(draft)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  if (make.data !== undefined) return <ShownOnce apiKey={make.data.api_key} onDone={onDone} />;
  const change = (changes: Partial<KeyDraft>) => setDraft({ ...draft, ...changes });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Stack gap="sm">
        <TextInput label="Name" required data-autofocus value={draft.name} onChange={(event) => change({ name: event.currentTarget.value })} />
        <TextInput label="Tenant" description="Empty: your own." value={draft.tenant} onChange={(event) => change({ tenant: event.currentTarget.value })} />
        <Select label="Role" data={ROLES} allowDeselect={false} value={draft.role} onChange={(value) => change({ role: ROLES.find((one) => one === value) ?? "user" })} />
        <MultiSelect label="Scopes" description="None: all those of the role." data={SCOPES} value={[...draft.scopes]} onChange={(value) => change({ scopes: SCOPES.filter((one) => value.includes(one)) })} />
        <NumberInput label="Expires in days" description="Empty: never." min={0} value={draft.days} onChange={(days) => change({ days })} />
        <Group grow>
          {RATED.map((name) => (
            <NumberInput key={name} label={`${name} a minute`} min={1} value={draft.rates[name] ?? ""} onChange={(value) => change({ rates: { ...draft.rates, [name]: value } })} />
          ))}
        </Group>
        <Checkbox label="Requests must be signed" checked={draft.signed} onChange={(event) => change({ signed: event.currentTarget.checked })} />
        {make.isError && <Trouble error={make.error} />}
        <Group justify="flex-end"><Button type="submit" loading={make.isPending}>Make it</Button></Group>
      </Stack>
    </form>
  );
}
