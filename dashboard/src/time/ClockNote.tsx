import { Alert } from "@mantine/core";
import { duration } from "./format";
import { useAhead } from "./use-now";

const SECOND = 1000;
const WORTH_SAYING = 60 * SECOND;

/** Says that this machine and the server do not agree what time it is, and whose time is shown. */
export function ClockNote() {
  const ahead = useAhead();
  if (Math.abs(ahead) < WORTH_SAYING) return null;
  const apart = duration(Math.round(Math.abs(ahead) / SECOND) * SECOND);
  return (
    <Alert color="yellow" role="status" mb="md" title="The clocks differ">
      This machine&apos;s is {apart} {ahead > 0 ? "behind" : "ahead of"} the server&apos;s. Ages and durations here go by the server&apos;s.
    </Alert>
  );
}
