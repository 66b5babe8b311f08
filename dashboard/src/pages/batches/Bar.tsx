import { Progress } from "@mantine/core";
import { count } from "~/time/amounts";
import { lookOfState, progressOf, type Counts } from "./states";

/** How far a batch is, and how it went so far: as wide as the shares of each outcome. */
export function Bar({ counts, size, thick = false }: { readonly counts: Counts; readonly size: number; readonly thick?: boolean }) {
  const { over } = progressOf(counts);
  const words = [...counts].map(([state, amount]) => `${count(amount)} ${lookOfState(state).word}`).join(", ");
  return (
    <Progress.Root size={thick ? "lg" : "md"} role="img" aria-label={`${count(over)} of ${count(size)} over: ${words}`}>
      {[...counts].filter(([state]) => !lookOfState(state).busy && state !== "scheduled").map(([state, amount]) => (
        <Progress.Section key={state} value={(100 * amount) / size} color={shadeOf(lookOfState(state).colour)} withAria={false} />
      ))}
    </Progress.Root>
  );
}

/** The theme's own shade of gray is as dark as the ground of the dark theme. */
function shadeOf(colour: string): string {
  return colour === "gray" ? "gray.6" : colour;
}
