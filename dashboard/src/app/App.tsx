import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { queryClientFor } from "~/api/query-client";
import { SystemContext, systemFor } from "~/api/system";
import { followed } from "~/live/patching";
import { SignIn } from "~/session/SignIn";
import type { SessionStore } from "~/session/session";
import { SessionContext, useSession, useSessionStore } from "~/session/use-session";
import { nonce } from "~/theme/nonce";
import { theme, variables } from "~/theme/theme";
import { router } from "./routes";

export function App({ session }: { readonly session: SessionStore }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <SessionContext value={session}>
        <Gate />
      </SessionContext>
    </MantineProvider>
  );
}

/** The dashboard for whoever has a key, and else the question for one. The address stays, so that one arrives at it. */
function Gate() {
  const session = useSession();
  return session.kind === "out" ? <SignIn why={session.why} /> : <SignedIn key={session.key} apiKey={session.key} />;
}

function SignedIn({ apiKey }: { readonly apiKey: string }) {
  const session = useSessionStore();
  const system = useMemo(() => systemFor(apiKey), [apiKey]);
  const queries = useMemo(() => queryClientFor((why) => session.refused(apiKey, why)), [apiKey, session]);
  useEffect(() => {
    const ending = new AbortController();
    void followed(system, queries, ending.signal, (why) => session.refused(apiKey, why));
    return () => ending.abort();
  }, [system, queries, session, apiKey]);
  return (
    <SystemContext value={system}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </SystemContext>
  );
}
