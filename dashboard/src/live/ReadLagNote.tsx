import { Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useSystem } from "~/api/system";
import { counted } from "~/time/amounts";
import { duration, utc } from "~/time/format";
import { Ago } from "~/time/Times";

const LATE_SECONDS = 5;
const SECOND = 1000;

/** How far the rows of the last answer of `path` were behind the log, and when that was. Shown where rows are. */
export function ReadLagNote({ path }: { readonly path: string }) {
  const { lags } = useSystem();
  const lag = useSyncExternalStore(lags.subscribe, () => lags.of(path));
  if (lag === undefined) return <Text size="xs" c="dimmed">How far these rows are behind the log is not known.</Text>;
  const at = <Ago at={utc(lag.at)} />;
  if (lag.events === 0) return <Text size="xs" c="dimmed">These rows had everything that was on the log {at}.</Text>;
  const late = lag.seconds > LATE_SECONDS;
  return (
    <Text size="xs" c={late ? "var(--mantine-color-yellow-light-color)" : "dimmed"} fw={late ? 600 : 400}>
      {late && <span aria-hidden="true">! </span>}
      These rows are {counted(lag.events, "event")} / {duration(lag.seconds * SECOND)} behind the log, as of {at}.
    </Text>
  );
}
