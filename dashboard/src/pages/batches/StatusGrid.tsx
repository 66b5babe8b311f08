import { Link } from "@tanstack/react-router";
import type { EvaluationView } from "cloche";
import { memo } from "react";
import { lookOf } from "~/status/words";
import classes from "./batches.module.css";

/** One square for each evaluation of a batch, in the order of the submission. */
export function StatusGrid({ members }: { readonly members: readonly EvaluationView[] }) {
  return (
    <ul className={classes["grid"]} aria-label="Evaluations of the batch">
      {members.map((member, index) => <Cell key={member.id} member={member} place={member.batch?.index ?? index} />)}
    </ul>
  );
}

// Of a thousand squares one or two change at a time.
const Cell = memo(function Cell({ member, place }: { readonly member: EvaluationView; readonly place: number }) {
  const look = lookOf(member.status, member.outcome);
  const words = `${place}: ${look.word}${member.name ? `, ${member.name}` : ""}`;
  return (
    <li>
      <Link
        to="/evaluations/$id"
        params={{ id: member.id }}
        className={classes["cell"]}
        style={{ background: `var(--mantine-color-${look.colour}-light)`, color: `var(--mantine-color-${look.colour}-light-color)` }}
        aria-label={words}
        title={words}
      >
        <span aria-hidden="true" className={look.busy ? "sign busy" : "sign"}>{look.sign}</span>
      </Link>
    </li>
  );
});
