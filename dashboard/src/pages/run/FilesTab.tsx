import { Button, Code, Stack, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { isOver, type EvaluationView } from "cloche";
import { useClient } from "~/api/system";
import { EmptyState } from "~/notices/EmptyState";
import { Trouble } from "~/notices/Trouble";
import { offer } from "~/output/download";
import { SideScroll } from "~/table/SideScroll";
import { bytes } from "~/time/amounts";

/** The files that the program left. They are a stranger's: downloaded, never shown. */
export function FilesTab({ view }: { readonly view: EvaluationView }) {
  const client = useClient();
  const download = useMutation({
    mutationFn: async (name: string) => offer(await client.artifacts.read(view.id, name), name.split("/").at(-1) ?? "file"),
  });
  if (view.artifacts.length + view.skipped_artifacts.length === 0) {
    return (
      <EmptyState title={isOver(view.status) ? "It left no files" : "Files come back at its end"}>
        What a program writes into the folder <Code>$CLOCHE_OUTPUT</Code> comes back and can be downloaded here.
      </EmptyState>
    );
  }
  return (
    <Stack>
      {download.isError && <Trouble error={download.error} />}
      <SideScroll label="Files" minWidth={520}>
        <Table>
          <Table.Thead>
            <Table.Tr><Table.Th>File</Table.Th><Table.Th ta="end">Size</Table.Th><Table.Th>SHA-256</Table.Th><Table.Th ta="end">Download</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {view.artifacts.map((file) => (
              <Table.Tr key={file.name}>
                <Table.Td ff="monospace">{file.name}</Table.Td>
                <Table.Td ta="end">{bytes(file.size)}</Table.Td>
                <Table.Td ff="monospace" title={file.sha256}>{file.sha256.slice(0, 12)}…</Table.Td>
                <Table.Td ta="end"><Button size="compact-xs" variant="default" aria-label={`Download ${file.name}`} onClick={() => download.mutate(file.name)}>Download</Button></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SideScroll>
      {view.skipped_artifacts.length > 0 && (
        <Text size="sm" c="dimmed">Did not come back: {view.skipped_artifacts.map((file) => `${file.name} (${file.reason})`).join(", ")}</Text>
      )}
    </Stack>
  );
}
