import { Button, Popover, Stack, Text } from "@mantine/core";
import { useSystem } from "~/api/system";
import { ticking } from "~/time/format";
import { useNow } from "~/time/use-now";
import type { Connection } from "./connection";
import { useConnection } from "./use-live";

const LOOKS: { readonly [K in Connection["kind"]]: { readonly word: string; readonly sign: string; readonly colour: string } } = {
  connecting: { word: "Connecting", sign: "○", colour: "gray" },
  live: { word: "Live", sign: "●", colour: "teal" },
  stale: { word: "Stale", sign: "◌", colour: "orange" },
  reconnecting: { word: "Reconnecting", sign: "↻", colour: "red" },
};

/** Whether what the page shows is what is. Says more when it is opened. */
export function ConnectionSign() {
  const connection = useConnection();
  const look = LOOKS[connection.kind];
  return (
    <Popover width={280} position="bottom-end" withArrow>
      <Popover.Target>
        <Button
          variant="subtle"
          color={look.colour}
          size="compact-sm"
          data-connection={connection.kind}
          leftSection={<span aria-hidden="true">{look.sign}</span>}
        >
          <span role="status">{look.word}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <More connection={connection} />
      </Popover.Dropdown>
    </Popover>
  );
}

function More({ connection }: { readonly connection: Connection }) {
  const { connection: store, clock } = useSystem();
  // Anew each second; the times of a connection are this machine's.
  const now = useNow() - clock.ahead;
  switch (connection.kind) {
    case "connecting":
      return <Text size="sm">The feed of events is being opened.</Text>;
    case "live":
      return <Text size="sm">What happens is shown as it happens.</Text>;
    case "stale":
      return <Text size="sm">Nothing was heard for {ticking(now - connection.since)}, though the server says something every 15 s. What is shown may be old.</Text>;
    case "reconnecting":
      return (
        <Stack gap="xs">
          <Text size="sm">Nothing was heard for {ticking(now - connection.since)}. Nothing will be missed: it goes on where it broke off.</Text>
          <Text size="xs" c="dimmed">{connection.why}</Text>
          <Button size="compact-sm" onClick={store.retryNow}>Try now (else in {ticking(connection.next - now)})</Button>
        </Stack>
      );
  }
}
