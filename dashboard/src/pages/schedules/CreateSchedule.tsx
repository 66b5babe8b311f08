import { Button, Group, Modal, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { languagesQuery } from "~/api/evaluations";
import { scheduleKeys } from "~/api/schedules";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { Trouble } from "~/notices/Trouble";

export function CreateSchedule({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Make a schedule" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      {opened && <Wish onDone={onClose} />}
    </Modal>
  );
}

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

function Wish({ onDone }: { readonly onDone: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const languages = useQuery(languagesQuery(client));
  const [wish, setWish] = useState({ name: "", cron: "0 3 * * *", timezone: "UTC", language: "python", code: "", paused: false });
  const change = (changes: Partial<typeof wish>) => setWish((before) => ({ ...before, ...changes }));
  const making = useMutation({
    mutationFn: () => {
      const { name, cron, timezone, language, code, paused } = wish;
      return client.schedules.create({ name: name.trim(), cron: cron.trim(), timezone, paused, evaluation: { language, code } });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: scheduleKeys.all });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        making.mutate();
      }}
    >
      <Stack>
        <TextInput label="Name" required maxLength={100} data-autofocus value={wish.name} onChange={(event) => change({ name: event.currentTarget.value })} />
        <Group grow align="flex-start">
          <TextInput label="When" required description="cron, @daily, or @every 5m" value={wish.cron} onChange={(event) => change({ cron: event.currentTarget.value })} />
          <Select label="Time zone" description="Of the IANA database" searchable allowDeselect={false} data={ZONES} limit={100} value={wish.timezone} onChange={(timezone) => change({ timezone: timezone ?? "UTC" })} />
        </Group>
        <Select label="Language" allowDeselect={false} data={(languages.data?.items ?? [{ name: "python" }]).map(({ name }) => name)} value={wish.language} onChange={(language) => change({ language: language ?? "python" })} />
        <Textarea label="Program" required autosize minRows={6} maxRows={16} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} value={wish.code} onChange={(event) => change({ code: event.currentTarget.value })} />
        <Switch label="Begin paused" checked={wish.paused} onChange={(event) => change({ paused: event.currentTarget.checked })} />
        <Text size="sm" c="dimmed">With files, arguments or limits: <LinkAnchor to="/submit" search={{}} size="sm">Submit</LinkAnchor> makes schedules, too.</Text>
        {making.isError && <Trouble error={making.error} title="No schedule was made" />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>Leave it</Button>
          <Button type="submit" loading={making.isPending}>Make it</Button>
        </Group>
      </Stack>
    </form>
  );
}
