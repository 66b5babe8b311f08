import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button, Group, Stack } from "@mantine/core";
import { Trouble } from "~/notices/Trouble";

// Files of a build before: the gateway was updated while this tab was open.
const GONE = /dynamically imported module|Importing a module script failed|Unable to preload/;

/** Instead of a page that has thrown. The rest of the dashboard goes on. */
export function Broken({ error, reset }: ErrorComponentProps) {
  if (error instanceof Error && GONE.test(error.message)) {
    return (
      <Stack align="flex-start">
        <Trouble title="The dashboard was updated" error={new Error("This tab still has the former one.")} />
        <Button onClick={() => window.location.reload()}>Load the new one</Button>
      </Stack>
    );
  }
  return (
    <Stack>
      <Trouble error={error} retry={reset} />
      <Group>
        <Button variant="default" onClick={() => window.location.reload()}>Load the page anew</Button>
      </Group>
    </Stack>
  );
}
