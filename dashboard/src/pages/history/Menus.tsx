import { ActionIcon, Button, Checkbox, Group, Menu, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { CHOICES } from "./columns";
import type { Filters } from "./filters";
import { withView, type View } from "./kept";

export function ColumnMenu({ chosen, onChange }: { readonly chosen: readonly string[]; readonly onChange: (chosen: readonly string[]) => void }) {
  return (
    <Popover position="bottom-end" trapFocus withRoles>
      <Popover.Target><Button variant="default">Columns</Button></Popover.Target>
      <Popover.Dropdown>
        <Checkbox.Group value={[...chosen]} onChange={onChange} label="Columns">
          <Stack gap={6} mt="xs">{CHOICES.map(({ id, name }) => <Checkbox key={id} size="xs" value={id} label={name} />)}</Stack>
        </Checkbox.Group>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Filters under a name, kept in this browser. */
export function ViewsMenu({ views, filters, onOpen, onChange }: {
  readonly views: readonly View[];
  readonly filters: Filters;
  readonly onOpen: (filters: Filters) => void;
  readonly onChange: (views: readonly View[]) => void;
}) {
  const [naming, dialog] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target><Button variant="default">Views</Button></Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>Filters that you name are kept here, in this browser.</Menu.Label>}
          {views.map((view) => <Menu.Item key={view.name} onClick={() => onOpen(view.filters)}>{view.name}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item onClick={dialog.open}>Name and sort out views…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {naming && <Naming views={views} filters={filters} onChange={onChange} onClose={dialog.close} />}
    </>
  );
}

function Naming({ views, filters, onChange, onClose }: {
  readonly views: readonly View[];
  readonly filters: Filters;
  readonly onChange: (views: readonly View[]) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState("");
  return (
    <form
      style={{ flexBasis: "100%" }}
      onSubmit={(event) => {
        event.preventDefault();
        onChange(withView(views, { name: name.trim(), filters }));
        onClose();
      }}
    >
      <Stack gap="xs">
        <Group gap="xs" align="flex-end">
          <TextInput label="Name of the view as it is now" required maxLength={60} autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Button type="submit" disabled={name.trim() === ""}>Keep it</Button>
          <Button variant="default" onClick={onClose}>Close</Button>
        </Group>
        {views.map((view) => (
          <Group key={view.name} gap="xs">
            <Text size="sm">{view.name}</Text>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Forget the view ${view.name}`} onClick={() => onChange(views.filter((one) => one !== view))}>✕</ActionIcon>
          </Group>
        ))}
      </Stack>
    </form>
  );
}
