import { createTheme, type CSSVariablesResolver } from "@mantine/core";

export const theme = createTheme({
  primaryColor: "teal",
  // Dark enough for white letters (WCAG AA), on light and on dark ground.
  primaryShade: 9,
  cursorType: "pointer",
  respectReducedMotion: true,
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
});

// Words on a light ground of their own colour, as in badges and alerts.
const WORDS: Readonly<Record<string, string>> = {
  teal: "#055a41", red: "#a51111", blue: "#0b4f94", orange: "#923405", yellow: "#754a00", grape: "#7a2a8f", cyan: "#08586a", gray: "#343a40",
};

/** What Mantine's own values are too faint for (WCAG AA). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-6)",
    ...Object.fromEntries(Object.entries(WORDS).map(([name, colour]) => [`--mantine-color-${name}-light-color`, colour])),
  },
  dark: { "--mantine-color-dimmed": "var(--mantine-color-dark-1)", "--mantine-color-placeholder": "var(--mantine-color-dark-2)" },
});
