import { ActionIcon, FileButton, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { bytes } from "~/time/amounts";
import { draftFileOf } from "./drop";
import type { DraftFile } from "./draft";

/** The files beside the program. */
export function Files({ files, onChange }: { readonly files: readonly DraftFile[]; readonly onChange: (files: readonly DraftFile[]) => void }) {
  const add = async (chosen: readonly File[]) => onChange([...files, ...(await Promise.all(chosen.map(draftFileOf)))]);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" fw={600}>Files beside it</Text>
        <FileButton onChange={(chosen) => void add(chosen)} multiple>
          {(props) => <Button {...props} size="compact-sm" variant="default">Add files</Button>}
        </FileButton>
      </Group>
      {files.length === 0 && <Text size="sm" c="dimmed">None. Drop some anywhere on this page.</Text>}
      {files.map((file, place) => (
        <Group key={place} gap="xs" wrap="nowrap">
          <TextInput
            size="xs"
            flex={1}
            aria-label={`Name of file ${place + 1}`}
            value={file.name}
            onChange={(event) => onChange(files.map((one, index) => (index === place ? { ...one, name: event.currentTarget.value } : one)))}
          />
          <Text size="xs" c="dimmed" w={80} ta="end">{bytes(file.size)}{file.data !== undefined && ", bytes"}</Text>
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${file.name}`} onClick={() => onChange(files.filter((_, index) => index !== place))}>×</ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}
