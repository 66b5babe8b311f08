import { Alert, Box, Button, Group, SegmentedControl, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState, useSyncExternalStore, type MouseEvent, type ReactNode, type UIEvent } from "react";
import { useLocalStorage } from "@mantine/hooks";
import { count } from "~/time/amounts";
import { CopyOutput } from "./CopyOutput";
import { LineRow, type Stamps } from "./LineRow";
import classes from "./output.module.css";
import { EvenRows, LINE_PIXELS, WrappedRows, type RowsHandle } from "./Rows";
import { hashOf, rangeOf, type LineRange } from "./selection";
import { SearchField, useSearch } from "./SearchField";
import type { OutputStore } from "./store";
import { useShown, type Which } from "./use-shown";

export interface OutputViewerProps {
  readonly store: OutputStore;
  /** Whether more may come: it is followed from the start, until the reader scrolls. */
  readonly live: boolean;
  /** When the program began, for elapsed times. Milliseconds since 1970. */
  readonly begun?: number | undefined;
  /** What else can be done with it, beside what this offers. */
  readonly actions?: ReactNode;
  /** Where nothing was written. */
  readonly empty: ReactNode;
}

// Nearer to the end than this is at the end.
const AT_END_PIXELS = LINE_PIXELS * 1.5;

/** What a program wrote: lines of text, drawn only where they are seen. */
export function OutputViewer({ store, live, begun, actions, empty }: OutputViewerProps) {
  const version = useSyncExternalStore(store.subscribe, store.version);
  const [stamps, setStamps] = useLocalStorage<Stamps>({ key: "cloche.output.stamps", defaultValue: "off" });
  const [wrap, setWrap] = useLocalStorage({ key: "cloche.output.wrap", defaultValue: false });
  const [which, setWhich] = useState<Which>("all");
  const [range, setRange] = useState<LineRange | undefined>(() => rangeOf(window.location.hash));
  const [follow, setFollow] = useState(live && range === undefined);
  const [left, setLeft] = useState(0);
  const [anyway, setAnyway] = useState(false);
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useRef<RowsHandle>(null);
  const shown = useShown(store.log, which, version);
  const search = useSearch(store.log, version, (line) => {
    if (follow) setLeft(store.log.count);
    setFollow(false);
    rows.current?.show(shown.placeOf(line));
  });

  const named = useRef(range !== undefined);
  useEffect(() => {
    // Once, when the lines that the address names have come.
    if (!named.current || range === undefined || store.log.count < range.first) return;
    named.current = false;
    setLeft(store.log.count);
    rows.current?.show(shown.placeOf(range.first - 1));
  }, [range, store, shown, version]);

  const onScroll = (event: UIEvent<HTMLDivElement>) => {
    const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
    const atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PIXELS;
    if (atEnd === follow) return;
    setFollow(atEnd);
    if (!atEnd) setLeft(store.log.count);
  };
  const onNumber = (index: number, event: MouseEvent) => {
    event.preventDefault();
    const number = index + 1;
    const next = event.shiftKey && range ? { first: Math.min(range.first, number), last: Math.max(range.first, number) } : { first: number, last: number };
    setRange(next);
    window.history.replaceState(window.history.state, "", `#${hashOf(next)}`);
  };
  const Rows = wrap ? WrappedRows : EvenRows;
  // Of the streams that are shown.
  const newer = shown.count - shown.placeOf(left);
  if (store.log.binary && !anyway) {
    return (
      <Alert color="orange" title="This looks like no text">
        <Group justify="space-between">
          <Text size="sm">Many of its bytes stand for no character. Download it, or have them shown as �.</Text>
          <Group gap="xs">{actions}<Button size="compact-sm" variant="default" onClick={() => setAnyway(true)}>Show it anyway</Button></Group>
        </Group>
      </Alert>
    );
  }
  return (
    <Box>
      <Group gap="xs" mb="xs">
        <SearchField search={search} />
        <SegmentedControl
          size="xs"
          aria-label="Streams"
          value={which}
          onChange={setWhich}
          data={[{ value: "all", label: "all" }, { value: "stdout", label: "stdout" }, { value: "stderr", label: "stderr" }]}
        />
        <SegmentedControl
          size="xs"
          aria-label="Times"
          value={stamps}
          onChange={setStamps}
          data={[{ value: "off", label: "no times" }, { value: "elapsed", label: "elapsed" }, { value: "clock", label: "clock" }]}
        />
        <Button size="compact-sm" variant={wrap ? "filled" : "default"} aria-pressed={wrap} onClick={() => setWrap(!wrap)}>Wrap</Button>
        <CopyOutput log={store.log} shown={shown} range={range} />
        {actions}
      </Group>
      <Box className={classes["viewer"]}>
        <div
          ref={scroll}
          className={classes["scroll"]}
          style={{ height: "max(240px, calc(100dvh - 330px))" }}
          onScroll={onScroll}
          role="log"
          aria-live="off"
          aria-label="Output"
          tabIndex={0}
        >
          {shown.count === 0 ? <Box p="md" ff="text">{empty}</Box> : (
            <Rows
              ref={rows}
              count={shown.count}
              scroll={scroll}
              follow={follow}
              row={(place) => {
                const index = shown.indexOf(place);
                const line = store.log.line(index);
                return line && (
                  <LineRow
                    key={index}
                    index={index}
                    line={line}
                    spans={store.log.spans(index)}
                    stamps={stamps}
                    begun={begun}
                    pattern={search.pattern}
                    here={(range !== undefined && index + 1 >= range.first && index < range.last) || index === search.line}
                    onNumber={onNumber}
                  />
                );
              }}
            />
          )}
        </div>
        {!follow && live && (
          <div className={classes["newer"]}>
            <Button size="compact-sm" radius="xl" onClick={() => setFollow(true)}>
              {newer > 0 ? `↓ ${count(newer)} new lines` : "↓ Follow"}
            </Button>
          </div>
        )}
      </Box>
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed">{count(shown.count)} lines{which === "all" ? "" : ` of ${which}`}</Text>
      </Group>
      <Heard lines={store.log.count} />
    </Box>
  );
}

const SAY_MILLISECONDS = 5000;

/** How much has come, for those who hear the page: now and then, never line by line. */
function Heard({ lines }: { readonly lines: number }) {
  const [said, setSaid] = useState(lines);
  useEffect(() => {
    if (said === lines) return undefined;
    const timer = setTimeout(() => setSaid(lines), SAY_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [said, lines]);
  return <VisuallyHidden aria-live="polite">{count(said)} lines of output</VisuallyHidden>;
}
