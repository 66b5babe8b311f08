// Files that are dropped or chosen, read into a draft.

import { useState, type DragEvent } from "react";
import type { DraftFile } from "./draft";

const AT_A_TIME = 0x8000;

/** Text where it is text, else its bytes in base64. */
export async function draftFileOf(file: File): Promise<DraftFile> {
  const data = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
  const name = file.webkitRelativePath || file.name;
  if (!text.includes("\0") && !text.includes("\u{fffd}")) return { name, content: text, size: data.length };
  let letters = "";
  for (let from = 0; from < data.length; from += AT_A_TIME) letters += String.fromCharCode(...data.subarray(from, from + AT_A_TIME));
  return { name, data: btoa(letters), size: data.length };
}

export function useDrop(onFiles: (files: readonly DraftFile[]) => void) {
  const [over, setOver] = useState(false);
  const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return {
    over,
    handlers: {
      onDragOverCapture: (event: DragEvent) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: () => setOver(false),
      onDropCapture: (event: DragEvent) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        void Promise.all(Array.from(event.dataTransfer.files, draftFileOf)).then(onFiles);
      },
    },
  };
}
