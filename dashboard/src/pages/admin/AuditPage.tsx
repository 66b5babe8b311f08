import { Alert, Badge, Button, Code, List, Modal, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { AuditEntry, AuditReport, Client } from "cloche";
import { useCallback, useState } from "react";
import { auditQuery } from "~/api/platform";
import { useClient } from "~/api/system";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { offer } from "~/output/download";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { local, utc } from "~/time/format";
import { AUDIT_FIELDS, AUDIT_OUTCOMES, auditSearchOf } from "./audit-filters";

const route = getRouteApi("/admin/audit");

/** Who did what, and who was refused. */
export function AuditPage() {
  const client = useClient();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<AuditEntry>();
  const list = useInfiniteQuery(auditQuery(client, filters));
  const verify = useMutation({ mutationFn: () => client.audit.verify() });
  const download = useMutation({ mutationFn: () => exported(client), onSuccess: (text) => offer(text, "audit.jsonl") });
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const change = (changes: Record<string, unknown>) => void navigate({ search: auditSearchOf({ ...filters, ...changes }), replace: true });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page
      title="Audit log"
      about="Newest first, of all tenants. Entries are chained: Verify walks every chain."
      actions={(
        <>
          <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>Verify</Button>
          <Button variant="default" loading={download.isPending} onClick={() => download.mutate()}>Export all</Button>
        </>
      )}
    >
      {verify.isError && <Trouble error={verify.error} retry={() => verify.mutate()} />}
      {verify.data && <Verdict report={verify.data} />}
      {download.isError && <Trouble error={download.error} retry={() => download.mutate()} />}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm" verticalSpacing="xs">
        <Select label="Outcome" data={AUDIT_OUTCOMES} value={filters.outcome ?? null} clearable onChange={(outcome) => change({ outcome })} />
        {AUDIT_FIELDS.map((name) => {
          const value = filters[name] ?? "";
          return (
            <TextInput
              key={`${name} ${value}`}
              label={FIELD_WORDS[name]}
              placeholder={name === "since" || name === "until" ? "2026-11-26T12:00:00Z" : ""}
              defaultValue={value}
              onBlur={(event) => event.currentTarget.value !== value && change({ [name]: event.currentTarget.value })}
              onKeyDown={(event) => event.key === "Enter" && change({ [name]: event.currentTarget.value })}
            />
          );
        })}
      </SimpleGrid>
      {list.isError ? <Trouble error={list.error} retry={() => void list.refetch()} /> : (
        <DataTable
          label="entries"
          columns={COLUMNS}
          rows={rows}
          rowId={(row) => `${row.writer} ${row.number}`}
          onOpen={setOpen}
          hasMore={list.hasNextPage}
          onMore={more}
          loading={list.isFetching}
          empty={(
            <EmptyState title="No entry fits so far" action={list.hasNextPage && <Button onClick={more}>Look further back</Button>}>
              There is no index: each look goes through some thousands of entries. Look further back, or ask for less.
            </EmptyState>
          )}
        />
      )}
      <Modal opened={open !== undefined} onClose={() => setOpen(undefined)} size="lg" title={open?.action ?? "Entry"} closeButtonProps={{ "aria-label": "Close" }}>
        {open && <Code block tabIndex={0}>{JSON.stringify(open, null, 2)}</Code>}
      </Modal>
    </Page>
  );
}

function Verdict({ report }: { readonly report: AuditReport }) {
  return (
    <Alert role="status" variant="light" color={report.sound ? "teal" : "red"} title={report.sound ? "Every chain is sound" : "The log has been tampered with, or damaged"}>
      {count(report.entries)} entries in {count(report.messages)} messages, {count(report.heads.length)} chains.
      <List size="sm">
        {report.breaks.map((one) => <List.Item key={`${one.writer} ${one.number} ${one.kind}`}>{one.kind} at {one.writer} {one.number}, place {one.sequence}: {one.detail}</List.Item>)}
      </List>
    </Alert>
  );
}

async function exported(client: Client): Promise<Uint8Array> {
  const lines: string[] = [];
  for await (const entry of client.audit.export()) lines.push(`${JSON.stringify(entry)}\n`);
  return new TextEncoder().encode(lines.join(""));
}

const FIELD_WORDS: { readonly [F in (typeof AUDIT_FIELDS)[number]]: string } = {
  tenant: "Tenant",
  key: "Key",
  action: "Action",
  target: "Target",
  address: "Address",
  requestId: "Request id",
  since: "Since",
  until: "Until",
};
const COLOURS = { allowed: "teal", refused: "orange", failed: "red" } as const;

const COLUMNS: Column<AuditEntry>[] = [
  { id: "at", header: "Time", meta: { width: 190 }, cell: ({ row: { original } }) => <time className="tabular" dateTime={original.at} title={utc(Date.parse(original.at))}>{local(Date.parse(original.at)).slice(0, 19)}</time> },
  { id: "outcome", header: "Outcome", meta: { width: 110 }, cell: ({ row: { original } }) => <Badge variant="light" radius="sm" tt="none" color={COLOURS[original.outcome]}>{original.outcome}</Badge> },
  { id: "action", header: "Action", cell: ({ row }) => row.original.action },
  { id: "target", header: "Target", cell: ({ row }) => row.original.target ?? "" },
  { id: "key", header: "Key", cell: ({ row: { original } }) => original.key ?? (original.claimed ? `claimed: ${original.claimed}` : "") },
  { id: "tenant", header: "Tenant", cell: ({ row }) => row.original.tenant ?? "" },
  { id: "address", header: "Address", cell: ({ row }) => row.original.address ?? "" },
];
