import { ActionIcon, AppShell, Burger, Button, Group, NavLink, Text, Tooltip } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { HelpDialog } from "~/keyboard/HelpDialog";
import { useKeyboard, useKeys } from "~/keyboard/keys";
import { Palette } from "~/keyboard/Palette";
import { ConnectionSign } from "~/live/ConnectionSign";
import { SchemeSwitch } from "~/theme/SchemeSwitch";
import { ClockNote } from "~/time/ClockNote";
import { Account } from "~/session/Account";
import { PLACES, type Place } from "./places";

const GROUPS = ["Programs", "Platform"] as const satisfies readonly Place["group"][];

/** What is around every page: where one can go, how the connection is, who one is. */
export function Shell() {
  const [menu, { toggle, close }] = useDisclosure(false);
  const [help, helpDialog] = useDisclosure(false);
  const [palette, paletteDialog] = useDisclosure(false);
  const navigate = useNavigate();
  useKeyboard();
  useHotkeys([["mod+K", () => paletteDialog.open()]], [], true);
  useKeys([
    { keys: "?", does: "Show the keys", run: helpDialog.open },
    { keys: "/", does: "Search on this page", run: focusSearch },
    ...PLACES.map((place) => ({
      keys: `g ${place.key}`,
      does: `Go to ${place.name}`,
      run: () => void navigate({ href: place.to }),
    })),
  ]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: "sm", collapsed: { mobile: !menu } }}
      padding="md"
    >
      <a className="skip-link" href="#main">To the content</a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Text component={Link} to="/submit" fw={700} size="lg" c="inherit" td="none">Cloche</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ConnectionSign />
            <Button variant="default" size="compact-sm" visibleFrom="sm" onClick={paletteDialog.open}>Go to… <Text span size="xs" c="dimmed" ml={6}>Ctrl K</Text></Button>
            <Tooltip label="Keys (?)">
              <ActionIcon variant="default" onClick={helpDialog.open} aria-label="Keys">?</ActionIcon>
            </Tooltip>
            <SchemeSwitch />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages" style={{ overflowY: "auto" }}>
        {GROUPS.map((group) => <Places key={group} group={group} onGo={close} />)}
        <NavLink component="a" href="/docs" label="API documentation" target="_blank" rel="noreferrer" mt="auto" />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <ClockNote />
        <Outlet />
      </AppShell.Main>
      <HelpDialog opened={help} onClose={helpDialog.close} />
      <Palette opened={palette} onClose={paletteDialog.close} />
    </AppShell>
  );
}

function Places({ group, onGo }: { readonly group: Place["group"]; readonly onGo: () => void }) {
  const { pathname } = useLocation();
  const places = PLACES.filter((place) => place.group === group);
  if (places.length === 0) return null;
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} px="xs" pt="xs" id={`places-${group}`}>{group}</Text>
      {places.map((place) => {
        const here = pathname === place.to || pathname.startsWith(`${place.to}/`);
        return (
          <NavLink
            key={place.to}
            component={Link}
            to={place.to}
            label={place.name}
            active={here}
            aria-current={here ? "page" : undefined}
            onClick={onGo}
          />
        );
      })}
    </>
  );
}

/** The first search field of the page; pages mark theirs with `type="search"`. */
function focusSearch(): void {
  document.querySelector<HTMLInputElement>("main input[type='search']")?.focus();
}
