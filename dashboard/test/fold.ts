// Histories on stdin, a list of lists of envelopes; on stdout what each folds to. For tests/unit/dashboard/test_fold.py.

import { readFileSync } from "node:fs";
import type { FeedEvent } from "cloche";
import { folded } from "../src/fold/evaluation.ts";

const histories = JSON.parse(readFileSync(0, "utf8")) as FeedEvent["envelope"][][];
const eventOf = (envelope: FeedEvent["envelope"]): FeedEvent => {
  const name = envelope.type.split(".")[2];
  return { cursor: "", name, envelope, data: envelope.data } as FeedEvent;
};
process.stdout.write(JSON.stringify(histories.map((history) => folded(history.map(eventOf)))));
