import { Center, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Where nothing is: why, and what to do about it. */
export function EmptyState({ title, children, action }: {
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <Center py="xl" px="md">
      <Stack align="center" gap="sm" maw={520} ta="center">
        <Title order={2} size="h4">{title}</Title>
        <Text c="dimmed" component="div">{children}</Text>
        {action}
      </Stack>
    </Center>
  );
}
