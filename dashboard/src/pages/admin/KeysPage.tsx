import { Badge, Button, Group, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { KeyView } from "cloche";
import { useState } from "react";
import { keysQuery } from "~/api/platform";
import { useClient } from "~/api/system";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { Ago } from "~/time/Times";
import { CreateKeyForm } from "./CreateKeyForm";
import { KeyDeed, type Deed } from "./KeyDeed";

/** Every key: who uses it, until when, and what can be done with it. */
export function KeysPage() {
  const list = useQuery(keysQuery(useClient()));
  const [making, setMaking] = useState(false);
  const [chosen, setChosen] = useState<KeyView>();
  const [deed, setDeed] = useState<Deed>();
  const close = () => {
    setChosen(undefined);
    setDeed(undefined);
  };
  return (
    <Page title="Keys" about="Of all tenants, oldest first. Enter or a click chooses one." actions={<Button onClick={() => setMaking(true)}>New key</Button>}>
      {list.isError ? <Trouble error={list.error} retry={() => void list.refetch()} /> : (
        <DataTable
          label="keys"
          columns={COLUMNS}
          rows={list.data?.items ?? []}
          rowId={(row) => row.id}
          onOpen={setChosen}
          loading={list.isPending}
          empty={(
            <EmptyState title="No key was made yet">
              Who is here came with a key of the server&apos;s configuration, which is not in this list. Make one for each person and program, so that each
              can be revoked alone.
            </EmptyState>
          )}
        />
      )}
      <Modal opened={making} onClose={() => setMaking(false)} title="New key" closeOnClickOutside={false} closeButtonProps={{ "aria-label": "Close" }}>
        <CreateKeyForm onDone={() => setMaking(false)} />
      </Modal>
      <Modal opened={chosen !== undefined} onClose={close} title={chosen ? `${chosen.name} (${chosen.id})` : "Key"} closeOnClickOutside={false} closeButtonProps={{ "aria-label": "Close" }}>
        {chosen && deed === undefined && (
          <Group>
            <Button variant="default" disabled={chosen.status !== "active"} onClick={() => setDeed("rotate")}>Rotate</Button>
            {chosen.previous && <Button variant="default" onClick={() => setDeed("previous")}>End the old secret</Button>}
            {chosen.previous && <Button variant="default" onClick={() => setDeed("current")}>Take the rotation back</Button>}
            <Button color="red" variant="light" disabled={chosen.status === "revoked"} onClick={() => setDeed("revoke")}>Revoke</Button>
          </Group>
        )}
        {chosen && deed !== undefined && <KeyDeed view={chosen} deed={deed} onDone={close} />}
      </Modal>
    </Page>
  );
}

const COLOURS = { active: "teal", expired: "gray", revoked: "red" } as const;

const COLUMNS: Column<KeyView>[] = [
  { id: "name", header: "Name", cell: ({ row }) => row.original.name },
  { id: "id", header: "Id", cell: ({ row }) => row.original.id },
  { id: "status", header: "Status", cell: ({ row: { original } }) => <Badge variant="light" radius="sm" tt="none" color={COLOURS[original.status]}>{original.status}</Badge> },
  { id: "tenant", header: "Tenant", cell: ({ row }) => row.original.tenant },
  { id: "scopes", header: "Role and scopes", cell: ({ row: { original } }) => `${original.role}: ${original.scopes.join(", ")}${original.require_signature ? ", signed" : ""}` },
  { id: "used", header: "Last used", cell: ({ row }) => <Ago at={row.original.last_used_at} /> },
  { id: "expires", header: "Expires", cell: ({ row }) => <Ago at={row.original.expires_at} /> },
];
