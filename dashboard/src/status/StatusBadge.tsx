import { Badge } from "@mantine/core";
import type { Outcome, Status } from "cloche";
import { lookOf } from "./words";

export function StatusBadge({ status, outcome, size = "md" }: {
  readonly status: Status;
  readonly outcome?: Outcome | null | undefined;
  readonly size?: "sm" | "md" | "lg";
}) {
  const look = lookOf(status, outcome);
  return (
    <Badge
      className="status-badge"
      color={look.colour}
      variant="light"
      size={size}
      radius="sm"
      leftSection={<span aria-hidden="true" className={look.busy ? "sign busy" : "sign"}>{look.sign}</span>}
    >
      {look.word}
    </Badge>
  );
}
