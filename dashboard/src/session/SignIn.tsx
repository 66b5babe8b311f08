import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { BadTarget, NotAuthorised } from "cloche";
import { useState } from "react";
import { systemFor } from "~/api/system";
import { Trouble } from "~/notices/Trouble";
import { useSessionStore } from "./use-session";

/** Asks for an API key, and tries it before it is kept. */
export function SignIn({ why }: { readonly why: string | undefined }) {
  useDocumentTitle("Sign in · Cloche");
  const session = useSessionStore();
  const [key, setKey] = useState("");
  const [state, setState] = useState<{ readonly busy: boolean; readonly error: unknown }>({ busy: false, error: undefined });
  const signIn = async () => {
    setState({ busy: true, error: undefined });
    try {
      await systemFor(key).client.about();
      session.signIn(key.trim());
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="lg" w="100%" maw={440} radius="md">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void signIn();
          }}
        >
          <Stack gap="md">
            <div>
              <Title order={1} size="h2">Cloche</Title>
              <Text c="dimmed" size="sm">Programs in sealed sandboxes, and everything that happened to them</Text>
            </div>
            {why !== undefined && state.error === undefined && <Alert color="orange" title="You were signed out">{why}</Alert>}
            <PasswordInput
              label="API key"
              description="It stays in this tab until it is closed, and goes nowhere but to this server."
              name="api-key"
              autoComplete="off"
              data-autofocus
              autoFocus
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
            />
            {state.error !== undefined && <Refused error={state.error} />}
            <Button type="submit" loading={state.busy} disabled={key.trim() === ""}>Sign in</Button>
            <Text size="sm" c="dimmed">
              On your own machine <Code>cloche up</Code> shows a key, and <Code>cloche status</Code> shows it again. Elsewhere an
              administrator makes one with <Code>cloche keys create</Code>.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

function Refused({ error }: { readonly error: unknown }) {
  if (error instanceof NotAuthorised || error instanceof BadTarget) {
    return <Alert color="red" role="alert" title="This key is not good">It is not known here, was revoked, or was not copied whole.</Alert>;
  }
  return <Trouble error={error} />;
}
