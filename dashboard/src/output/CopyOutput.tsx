import { Button } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { copied } from "./copied";
import type { OutputLog } from "./log";
import type { LineRange } from "./selection";
import type { Shown } from "./use-shown";

interface CopyOutputProps {
  readonly log: OutputLog;
  readonly shown: Shown;
  /** The lines that somebody has chosen; all that are shown where nobody has. */
  readonly range: LineRange | undefined;
}

/** What is shown into the clipboard, or the lines that are chosen. */
export function CopyOutput({ log, shown, range }: CopyOutputProps) {
  const clipboard = useClipboard({ timeout: 2000 });
  const lines = range && (range.first === range.last ? `line ${range.first}` : `lines ${range.first}–${range.last}`);
  // Over plain HTTP from elsewhere the browser has no clipboard.
  const words = clipboard.copied ? "Copied" : clipboard.error ? "The browser did not allow it" : lines ? `Copy ${lines}` : "Copy";
  return (
    <Button size="compact-sm" variant="default" disabled={shown.count === 0} onClick={() => clipboard.copy(copied(log, shown, range))}>
      {words}
    </Button>
  );
}
