// Sending what is written, and where to look at what comes of it.

import type { Client } from "cloche";
import { batchOf, submissionOf, Unclear, type Draft } from "./draft";

/** The address of what was made. `Unclear` or a `ClocheError` if nothing was. */
export async function send(client: Client, draft: Draft): Promise<string> {
  if (draft.when === "cron") {
    if (draft.many !== "one") throw new Unclear("/cron", "a schedule runs one program at a time");
    const name = draft.scheduleName.trim() || draft.name.trim() || "schedule";
    const { cron, timezone } = draft;
    await client.schedules.create({ name, cron, timezone, evaluation: submissionOf(draft) });
    return "/schedules";
  }
  if (draft.many === "one") return `/evaluations/${(await client.evaluations.submit(submissionOf(draft))).id}`;
  return `/batches/${(await client.batches.submit(batchOf(draft))).id}`;
}
