import { Box } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./DataTable.module.css";

/** A small table that is drawn whole, and scrolls to the side where there is no room for it; also by keys. */
export function SideScroll({ label, minWidth, children }: {
  readonly label: string;
  /** Pixels under which it scrolls. */
  readonly minWidth: number;
  readonly children: ReactNode;
}) {
  return (
    <Box className={classes["side"]} tabIndex={0} role="region" aria-label={label}>
      <Box miw={minWidth}>{children}</Box>
    </Box>
  );
}
