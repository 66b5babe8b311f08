// Two ways of drawing only what is seen. Without wrapping every line has the same height, so a million of them cost
// nothing; with it each has its own, which TanStack Virtual keeps count of.

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useLayoutEffect, useState, type ReactNode, type Ref, type RefObject } from "react";
import classes from "./output.module.css";

export const LINE_PIXELS = 18;
const AROUND = 20;

export interface RowsHandle {
  /** Bring a row into sight. */
  show(place: number): void;
}

export interface RowsProps {
  readonly count: number;
  readonly row: (place: number) => ReactNode;
  readonly scroll: RefObject<HTMLDivElement | null>;
  /** Stay at the end. */
  readonly follow: boolean;
  readonly ref: Ref<RowsHandle>;
}

export function EvenRows({ count, row, scroll, follow, ref }: RowsProps) {
  const [seen, setSeen] = useState({ first: 0, last: 60 });
  useEffect(() => {
    const box = scroll.current;
    if (box === null) return undefined;
    const look = () => {
      const first = Math.max(0, Math.floor(box.scrollTop / LINE_PIXELS) - AROUND);
      const last = Math.ceil((box.scrollTop + box.clientHeight) / LINE_PIXELS) + AROUND;
      setSeen((before) => (before.first === first && before.last === last ? before : { first, last }));
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    const watching = new ResizeObserver(look);
    watching.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      watching.disconnect();
    };
  }, [scroll]);
  useEnd(scroll, follow, count);
  useImperativeHandle(ref, () => ({
    show: (place) => {
      const box = scroll.current;
      box?.scrollTo({ top: place * LINE_PIXELS - box.clientHeight / 3 });
    },
  }));
  const last = Math.min(seen.last, count);
  const first = Math.min(seen.first, last);
  return (
    <div className={classes["rows"]} style={{ height: count * LINE_PIXELS }}>
      <div className={classes["window"]} style={{ transform: `translateY(${first * LINE_PIXELS}px)` }}>
        {Array.from({ length: last - first }, (_, offset) => row(first + offset))}
      </div>
    </div>
  );
}

export function WrappedRows({ count, row, scroll, follow, ref }: RowsProps) {
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE_PIXELS,
    overscan: AROUND,
  });
  const height = virtual.getTotalSize();
  useEnd(scroll, follow, height);
  useImperativeHandle(ref, () => ({ show: (place) => virtual.scrollToIndex(place, { align: "center" }) }));
  const items = virtual.getVirtualItems();
  return (
    <div className={`${classes["rows"] ?? ""} ${classes["wrapped"] ?? ""}`} style={{ height }}>
      <div className={classes["window"]} style={{ transform: `translateY(${items[0]?.start ?? 0}px)`, width: "100%" }}>
        {items.map((item) => (
          <div key={item.key} data-index={item.index} ref={virtual.measureElement}>
            {row(item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Scroll to the end whenever there is more of it. */
function useEnd(scroll: RefObject<HTMLDivElement | null>, follow: boolean, extent: number): void {
  useLayoutEffect(() => {
    const box = scroll.current;
    if (follow) box?.scrollTo({ top: box.scrollHeight });
  }, [scroll, follow, extent]);
}
