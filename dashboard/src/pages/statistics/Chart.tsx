// Loaded when a chart is shown: uPlot is of no use to any other page.

import "uplot/dist/uPlot.min.css";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useEffectEvent, useRef } from "react";
import UPlot from "uplot";
import { local } from "~/time/format";

export interface Line {
  readonly label: string;
  /** A colour of the theme. */
  readonly colour: string;
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
}

const HEIGHT = 220;
const AXIS_PIXELS = 70;

export default function Chart({ label, times, lines, format, onOpen }: {
  /** What it shows, in words: the numbers are in the table below it. */
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** A click at the place of one of the times. */
  readonly onOpen: (index: number) => void;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  const open = useEffectEvent(onOpen);
  const words = useEffectEvent(format);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(`--mantine-color-${name}`).trim();
    const shade = scheme === "dark" ? 4 : 8;
    const axis = { stroke: colour("text"), grid: { stroke: colour("default-border"), width: 1 }, ticks: { stroke: colour("default-border") } };
    const plot = new UPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: HEIGHT,
        axes: [{ ...axis, values: (_, splits, __, ___, apart) => splits.map((at) => moment(at, apart)) }, { ...axis, size: AXIS_PIXELS, values: (_, splits) => splits.map((value) => words(value)) }],
        scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: colour(`${line.colour}-${shade}`),
            width: 2,
            ...(line.dash && { dash: [...line.dash] }),
            points: { show: line.values.filter((value) => value !== null).length < 60 },
            value: (_: UPlot, value: number | null) => (value === null ? "–" : words(value)),
          })),
        ],
      },
      [[...times], ...lines.map((line) => [...line.values])],
      element,
    );
    const click = () => {
      const { idx } = plot.cursor;
      if (typeof idx === "number") open(idx);
    };
    plot.over.addEventListener("click", click);
    const size = new ResizeObserver(() => plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }));
    size.observe(element);
    return () => {
      size.disconnect();
      plot.destroy();
    };
  }, [times, lines, scheme]);
  return <div ref={holder} role="img" aria-label={label} />;
}

const DAY_SECONDS = 86_400;

/** The hour, or the day where marks are a day or more `apart`; in the reader's own time zone. */
function moment(at: number, apart: number): string {
  const words = local(at * 1000);
  return apart < DAY_SECONDS ? words.slice(11, 16) : words.slice(5, 10);
}
