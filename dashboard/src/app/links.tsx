// Mantine's links and buttons that lead to addresses of the dashboard, which the compiler knows.

import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ReactNode, Ref } from "react";

interface Leading {
  readonly children?: ReactNode;
  readonly ref?: Ref<HTMLAnchorElement>;
}

export const LinkAnchor = createLink((props: Omit<AnchorProps, "href"> & Leading) => <Anchor {...props} />);

export const LinkButton = createLink((props: Omit<ButtonProps, "href"> & Leading) => <Button component="a" {...props} />);
