import { ActionIcon, Menu, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { aboutQuery } from "~/api/evaluations";
import { useClient } from "~/api/system";
import { useSessionStore } from "./use-session";

/** Who one is here, and the way out. */
export function Account() {
  const { data } = useQuery(aboutQuery(useClient()));
  const session = useSessionStore();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="default" aria-label="Account">{(data?.role ?? "?").charAt(0).toUpperCase()}</ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {data && (
          <Menu.Label>
            <Text size="sm">Tenant {data.tenant}, as {data.role}</Text>
            <Text size="xs">key {data.key}</Text>
            <Text size="xs">Cloche {data.version}</Text>
          </Menu.Label>
        )}
        <Menu.Item onClick={() => session.signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
