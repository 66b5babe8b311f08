import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { UsageReport } from "cloche";
import { usageQuery } from "~/api/platform";
import { useClient } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { bytes, count, counted } from "~/time/amounts";
import { Ago } from "~/time/Times";

type Row = UsageReport["items"][number];
const CLASSES = ["stream", "archive", "output", "artifacts"] as const;

/** How much is kept, by tenant and class. */
export function Storage({ everybody }: { readonly everybody: boolean }) {
  const usage = useQuery(usageQuery(useClient(), everybody));
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">Storage</Title>
      {usage.isError && <Trouble error={usage.error} retry={() => void usage.refetch()} />}
      {usage.isPending && <Skeleton height={80} aria-label="Loading" />}
      {usage.data && (
        <>
          <DataTable label="storage" columns={COLUMNS} rows={usage.data.items} rowId={(row) => row.tenant} height="18rem" empty={<Text c="dimmed">Nothing is kept yet.</Text>} />
          <Text size="xs" c="dimmed">
            {usage.data.objects_at ? <>Objects were counted <Ago at={usage.data.objects_at} />.</> : "Objects have not been counted yet."}
            {usage.data.uncounted > 0 && ` ${counted(usage.data.uncounted, "event")} to be counted.`}
          </Text>
        </>
      )}
    </Stack>
  );
}

const COLUMNS: Column<Row>[] = [
  { id: "tenant", header: "Tenant", cell: ({ row }) => row.original.tenant },
  ...CLASSES.map((name): Column<Row> => ({
    id: name,
    header: name,
    meta: { end: true },
    cell: ({ row }) => `${bytes(row.original[name].bytes)} in ${count(row.original[name].count)}`,
  })),
  { id: "all", header: "All", meta: { end: true }, cell: ({ row }) => bytes(CLASSES.reduce((sum, name) => sum + row.original[name].bytes, 0)) },
];
