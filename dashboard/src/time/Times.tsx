import { Text } from "@mantine/core";
import { duration, local, relative, ticking, utc } from "./format";
import { useNow } from "./use-now";

/** How long ago something was; the exact time in both zones on hover. */
export function Ago({ at }: { readonly at: string | null | undefined }) {
  if (!at) return <Text span inherit c="dimmed">–</Text>;
  return <AgoOf then={Date.parse(at)} />;
}

function AgoOf({ then }: { readonly then: number }) {
  const now = useNow();
  return (
    <time dateTime={utc(then)} title={`${local(then)} here\n${utc(then)}`}>
      {relative(then, now)}
    </time>
  );
}

/** From one time to another, or ticking while there is no other. Both are the server's. */
export function Took({ from, to }: { readonly from: string | null | undefined; readonly to: string | null | undefined }) {
  const now = useNow(Boolean(from) && !to);
  if (!from) return <Text span inherit c="dimmed">–</Text>;
  const begun = Date.parse(from);
  return <span className="tabular">{to ? duration(Date.parse(to) - begun) : ticking(now - begun)}</span>;
}
