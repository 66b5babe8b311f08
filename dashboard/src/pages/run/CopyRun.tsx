import { Button, Menu } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { COPIES, copyOfRerun } from "~/pages/submit/copies";

/** What runs it once more, in the words of every client, into the clipboard. */
export function CopyRun({ id }: { readonly id: string }) {
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default">{clipboard.copied ? "Copied" : clipboard.error ? "The browser did not allow it" : "Copy as"}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>What runs it once more</Menu.Label>
        {COPIES.map(({ value, label }) => (
          <Menu.Item key={value} onClick={() => clipboard.copy(copyOfRerun(value, id, window.location.origin))}>{label}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
