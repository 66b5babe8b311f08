// Recorded output is the beginning and the end of what was written: where its bytes were in the whole.

import type { OutputSummary } from "cloche";

export interface Placed {
  /** In what was written. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** `data` lies at `offset` of what is recorded; cut in two if it lies on both sides of what was dropped. */
export function placed(summary: OutputSummary, offset: number, data: Uint8Array): readonly Placed[] {
  const { head_bytes: head, dropped_bytes: dropped } = summary;
  if (dropped === 0 || offset + data.length <= head) return [{ offset, data }];
  if (offset >= head) return [{ offset: offset + dropped, data }];
  const cut = head - offset;
  return [{ offset, data: data.subarray(0, cut) }, { offset: head + dropped, data: data.subarray(cut) }];
}
