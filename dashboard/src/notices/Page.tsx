import { Box, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** The frame of every page: its heading, what can be done at the top, and its name in the tab. */
export function Page({ title, tab, about, actions, children }: {
  readonly title: ReactNode;
  /** For the tab, where it says something else. */
  readonly tab?: string | undefined;
  /** One line under the heading. */
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useDocumentTitle(`${tab ?? (typeof title === "string" ? title : "Evaluation")} · Cloche`);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box miw={0}>
          <Title order={1} size="h2">{title}</Title>
          {about && <Text c="dimmed" size="sm" component="div">{about}</Text>}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
