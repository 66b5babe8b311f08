// Bytes of a stranger, given to the reader as a file. Never as something that the browser shows.

export function offer(data: Uint8Array, name: string): void {
  const blob = new Blob([Uint8Array.from(data)], { type: "application/octet-stream" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
