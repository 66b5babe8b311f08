import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TenantView } from "cloche";
import { useState } from "react";
import { tenantsQuery } from "~/api/platform";
import { useClient } from "~/api/system";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { CAP_WORDS, CAPS, RATES } from "./tenant-draft";
import { TenantForm } from "./TenantForm";

/** Whom evaluations belong to, and how much each may have. */
export function TenantsPage() {
  const list = useQuery(tenantsQuery(useClient()));
  const [open, setOpen] = useState<TenantView | "new">();
  const close = () => setOpen(undefined);
  return (
    <Page title="Tenants" about="Oldest first. Enter or a click changes one." actions={<Button onClick={() => setOpen("new")}>New tenant</Button>}>
      {list.isError ? <Trouble error={list.error} retry={() => void list.refetch()} /> : (
        <DataTable
          label="tenants"
          columns={COLUMNS}
          rows={list.data?.items ?? []}
          rowId={(row) => row.tenant}
          onOpen={setOpen}
          loading={list.isPending}
          minWidth={900}
          empty={<EmptyState title="There are no tenants">Make one for each team: its evaluations, quotas and retention are its own.</EmptyState>}
        />
      )}
      <Modal opened={open !== undefined} onClose={close} title={open === undefined || open === "new" ? "New tenant" : open.tenant} closeButtonProps={{ "aria-label": "Close" }}>
        {open !== undefined && <TenantForm view={open === "new" ? undefined : open} onDone={close} />}
      </Modal>
    </Page>
  );
}

const COLUMNS: Column<TenantView>[] = [
  { id: "name", header: "Name", cell: ({ row }) => row.original.name },
  { id: "tenant", header: "Token", cell: ({ row }) => row.original.tenant },
  { id: "created", header: "Made", cell: ({ row }) => <Ago at={row.original.created_at} /> },
  ...CAPS.map((name): Column<TenantView> => ({
    id: name,
    header: CAP_WORDS[name],
    meta: { end: true },
    cell: ({ row }) => {
      const value = row.original[name];
      return value === null ? "default" : count(value);
    },
  })),
  {
    id: "rates",
    header: "Requests a minute",
    cell: ({ row }) => ratesOf(row.original) || "default",
  },
];

function ratesOf({ rates = {} }: TenantView): string {
  return RATES.flatMap((name) => {
    const rate = rates[name];
    return rate ? [`${name} ${rate.per_minute}`] : [];
  }).join(", ");
}
