import { memo, type CSSProperties, type MouseEvent } from "react";
import { local, duration } from "~/time/format";
import type { Colour, Span, Style } from "./ansi";
import type { Line } from "./log";
import classes from "./output.module.css";
import { stretchesOf } from "./search";

export type Stamps = "off" | "elapsed" | "clock";

export interface LineRowProps {
  readonly index: number;
  readonly line: Line;
  readonly spans: readonly Span[];
  readonly stamps: Stamps;
  /** When the elapsed time begins. */
  readonly begun: number | undefined;
  readonly pattern: RegExp | undefined;
  readonly here: boolean;
  readonly onNumber: (index: number, event: MouseEvent) => void;
}

const SAID: { readonly [S in Line["stream"]]: string } = {
  stdout: "", stderr: "err", compiler: "cc", artifacts: "file", notice: "",
};

/** One line. Whatever it holds becomes text. */
export const LineRow = memo(function LineRow(props: LineRowProps) {
  const { index, line, spans, stamps, begun, pattern, here, onNumber } = props;
  const number = index + 1;
  return (
    <div className={classes["line"]} data-stream={line.stream} data-here={here ? "" : undefined} data-line={number}>
      <a
        className={classes["number"]}
        href={`#L${number}`}
        aria-label={`Link to line ${number}`}
        tabIndex={-1}
        onClick={(event) => onNumber(index, event)}
      >
        {line.continues ? "↪" : number}
      </a>
      {stamps !== "off" && <span className={classes["stamp"]}>{stampOf(line.at, stamps, begun)}</span>}
      <span className={classes["stream"]} title={line.stream}>{SAID[line.stream]}</span>
      <span className={classes["text"]}>
        {spans.map((span, place) => (
          <span key={place} style={cssOf(span.style)}>
            {pattern === undefined ? span.text : <Marked text={span.text} pattern={pattern} />}
          </span>
        ))}
        {"\n"}
      </span>
    </div>
  );
});

function Marked({ text, pattern }: { readonly text: string; readonly pattern: RegExp }) {
  return stretchesOf(text, pattern).map((stretch, place) =>
    stretch.hit ? <mark key={place}>{stretch.text}</mark> : <span key={place}>{stretch.text}</span>,
  );
}

function stampOf(at: number | undefined, stamps: Stamps, begun: number | undefined): string {
  if (at === undefined) return "";
  if (stamps === "clock") return local(at).slice(11);
  return begun === undefined ? "" : `+${duration(at - begun)}`;
}

function cssOf(style: Style): CSSProperties | undefined {
  if (Object.keys(style).length === 0) return undefined;
  const foreground = style.inverse ? (style.background ?? "body") : style.foreground;
  const background = style.inverse ? (style.foreground ?? "text") : style.background;
  const lines = [style.underline && "underline", style.strike && "line-through"].filter(Boolean).join(" ");
  return {
    ...(foreground !== undefined && { color: colourOf(foreground) }),
    ...(background !== undefined && { backgroundColor: colourOf(background) }),
    ...(style.bold && { fontWeight: 700 }),
    ...(style.dim && { opacity: 0.75 }),
    ...(style.italic && { fontStyle: "italic" }),
    ...(lines !== "" && { textDecoration: lines }),
    ...(style.hidden && { visibility: "hidden" }),
  };
}

function colourOf(colour: Colour | "body" | "text"): string {
  return typeof colour === "number" || !colour.startsWith("#") ? `var(--output-${colour})` : colour;
}
