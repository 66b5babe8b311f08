import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";

const SCHEMES: readonly { readonly value: MantineColorScheme; readonly name: string; readonly sign: string }[] = [
  { value: "light", name: "Light", sign: "☀" },
  { value: "dark", name: "Dark", sign: "☾" },
  { value: "auto", name: "As the system", sign: "◐" },
];

/** Light, dark, or as the system has it; remembered in this browser. */
export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const now = SCHEMES.find((one) => one.value === colorScheme);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label={`Colours: ${now?.name ?? ""}`}>{now?.sign}</ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map((one) => (
          <Menu.Item
            key={one.value}
            leftSection={<span aria-hidden="true">{one.sign}</span>}
            onClick={() => setColorScheme(one.value)}
            aria-current={one.value === colorScheme ? "true" : undefined}
            fw={one.value === colorScheme ? 700 : undefined}
          >
            {one.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
