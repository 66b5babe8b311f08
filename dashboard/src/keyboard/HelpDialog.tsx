import { Kbd, Modal, Table } from "@mantine/core";
import { useAllKeys } from "./keys";

export function HelpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const keys = useAllKeys();
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Table>
        <Table.Tbody>
          <Row keys={["Ctrl", "K"]} does="Go anywhere, find an evaluation by its id" />
          {keys.map((one) => (
            <Row key={one.keys + one.does} keys={one.keys.split(" ")} does={one.does} />
          ))}
          <Row keys={["Esc"]} does="Close what is open" />
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Row({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <Table.Tr>
      <Table.Td w={120}>
        {keys.map((key, index) => (
          <span key={key + String(index)}>{index > 0 && " "}<Kbd>{key}</Kbd></span>
        ))}
      </Table.Td>
      <Table.Td>{does}</Table.Td>
    </Table.Tr>
  );
}
