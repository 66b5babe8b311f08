import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { EvaluationView } from "cloche";
import { Trouble } from "~/notices/Trouble";
import { offer } from "~/output/download";
import { count } from "~/time/amounts";
import { csvOf, jsonlOf } from "./evaluations";

const MOST = 50_000;

/** CSV or JSON lines of evaluations, read page by page: at most 50,000, as a tab holds them in memory. */
export function ExportMenu({ rows, name, what }: {
  /** Anew for each file. */
  readonly rows: () => AsyncIterable<EvaluationView> | Iterable<EvaluationView>;
  readonly name: string;
  /** What will be in the file. */
  readonly what: string;
}) {
  const exporting = useMutation({
    mutationFn: async (kind: "csv" | "jsonl") => {
      const all: EvaluationView[] = [];
      for await (const row of rows()) {
        all.push(row);
        if (all.length === MOST) break;
      }
      offer(new TextEncoder().encode(kind === "csv" ? csvOf(all) : jsonlOf(all)), `${name}.${kind}`);
      return all.length;
    },
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" loading={exporting.isPending}>Export</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{what}, at most {count(MOST)}</Menu.Label>
          <Menu.Item onClick={() => exporting.mutate("csv")}>CSV</Menu.Item>
          <Menu.Item onClick={() => exporting.mutate("jsonl")}>JSON lines</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {exporting.isError && <Trouble error={exporting.error} title="The export broke off" />}
    </>
  );
}
