import { Badge, Button, Menu, Skeleton, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ScheduleView } from "cloche";
import { useState } from "react";
import { schedulesQuery, scheduleKeys } from "~/api/schedules";
import { useClient } from "~/api/system";
import { LinkAnchor } from "~/app/links";
import { useKeys } from "~/keyboard/keys";
import { Confirm, type Question } from "~/notices/Confirm";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { Trouble } from "~/notices/Trouble";
import { DataTable, type Column } from "~/table/DataTable";
import { count } from "~/time/amounts";
import { Ago } from "~/time/Times";
import { CreateSchedule } from "./CreateSchedule";

/** Programs that run again and again. */
export function SchedulesPage() {
  const client = useClient();
  const navigate = useNavigate();
  const list = useQuery(schedulesQuery(client));
  const [making, dialog] = useDisclosure(false);
  useKeys([{ keys: "n", does: "Make a schedule", run: dialog.open }]);
  return (
    <Page title="Schedules" about="Programs that are submitted again and again, by a gateway that is there." actions={<Button onClick={dialog.open}>Make a schedule</Button>}>
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={120} aria-label="Loading" />}
      {list.data && (
        <DataTable
          label="schedules"
          columns={COLUMNS}
          rows={list.data.items}
          rowId={(row) => row.id}
          onOpen={(row) => void navigate({ to: "/history", search: { schedule: row.id } })}
          minWidth={980}
          empty={
            <EmptyState title="No schedule yet" action={<Button onClick={dialog.open}>Make a schedule</Button>}>
              A schedule submits a program when it is due: <code>0 3 * * *</code> each night at three, <code>@every 5m</code> every five minutes. Submit makes them
              too, with files and limits.
            </EmptyState>
          }
        />
      )}
      <CreateSchedule opened={making} onClose={dialog.close} />
    </Page>
  );
}

const COLUMNS: readonly Column<ScheduleView>[] = [
  {
    id: "name", header: "Schedule", cell: ({ row: { original } }) => (
      <LinkAnchor to="/history" search={{ schedule: original.id }} size="sm">{original.name}</LinkAnchor>
    ),
  },
  { id: "cron", header: "When", cell: ({ row: { original } }) => <><code>{original.cron}</code> <Text span size="xs" c="dimmed">{original.timezone}</Text></> },
  { id: "program", header: "Program", cell: ({ row: { original: { evaluation } } }) => `${evaluation.name ?? ""} ${evaluation.language ?? ""}`.trim() },
  { id: "next", header: "Next", meta: { width: 120 }, cell: ({ row: { original } }) => (original.paused ? <Badge color="yellow" variant="light" size="sm" tt="none">paused</Badge> : <Ago at={original.next_due} />) },
  { id: "last", header: "Last", cell: ({ row: { original } }) => <Last schedule={original} /> },
  { id: "actions", header: "Actions", meta: { width: 110 }, cell: ({ row: { original } }) => <Actions schedule={original} /> },
];

const LATE_SECONDS = 1;

function Last({ schedule }: { readonly schedule: ScheduleView }) {
  const { last_due, last_evaluation, last_late_seconds: late, missed, problem } = schedule;
  return (
    <>
      {last_evaluation
        ? <LinkAnchor to="/evaluations/$id" params={{ id: last_evaluation }} size="sm"><Ago at={last_due} /></LinkAnchor>
        : <Ago at={last_due} />}
      {late >= LATE_SECONDS && <Text span size="xs" c="dimmed"> {Math.round(late)} s late</Text>}
      {missed > 0 && <Text span size="xs" c="dimmed"> {count(missed)} left out</Text>}
      {problem && <Text span size="xs" display="block" fw={600}>✗ {problem}</Text>}
    </>
  );
}

function Actions({ schedule }: { readonly schedule: ScheduleView }) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [question, setQuestion] = useState<Question>();
  const again = () => queries.invalidateQueries({ queryKey: scheduleKeys.all });
  const toggle = async () => {
    await (schedule.paused ? client.schedules.resume(schedule.id) : client.schedules.pause(schedule.id));
    await again();
  };
  const switching = useMutation({
    mutationFn: toggle,
    onError: (error) => setQuestion({
      title: schedule.paused ? "It was not resumed" : "It was not paused", confirm: "Try again", about: error.message, act: toggle,
    }),
  });
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target><Button size="compact-xs" variant="default" loading={switching.isPending} aria-label={`Actions of ${schedule.name}`}>Actions</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => switching.mutate()}>{schedule.paused ? "Resume" : "Pause"}</Menu.Item>
          <Menu.Item onClick={() => setQuestion({
            title: `Run ${schedule.name} now?`, confirm: "Run it now", about: "It is submitted once more than it is due; when it is due next stays as it is.",
            act: async () => {
              const { id } = await client.schedules.trigger(schedule.id);
              await navigate({ to: "/evaluations/$id", params: { id } });
            },
          })}>Run now</Menu.Item>
          <Menu.Item color="red" onClick={() => setQuestion({
            title: `Delete ${schedule.name}?`, confirm: "Delete it", dangerous: true, about: "It submits nothing more. What it has submitted stays.",
            act: async () => {
              await client.schedules.delete(schedule.id);
              await again();
            },
          })}>Delete</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}
