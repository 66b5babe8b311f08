import { Alert, Button, Code, CopyButton, Group, List, Stack, Text } from "@mantine/core";
import { ApiError, ClocheError } from "cloche";

/** An error as people can act on it: what it is, where in the request, the id to look for in the logs, and another try. */
export function Trouble({ error, retry, title }: {
  readonly error: unknown;
  readonly retry?: (() => void) | undefined;
  readonly title?: string | undefined;
}) {
  const problem = error instanceof ApiError ? error.problem : undefined;
  const requestId = problem?.request_id ?? "";
  return (
    <Alert color="red" variant="light" role="alert" title={title ?? problem?.title ?? titleOf(error)}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem ? problem.detail || `The server answered ${problem.status}.` : messageOf(error)}</Text>
        {problem?.errors && problem.errors.length > 0 && (
          <List size="sm">
            {problem.errors.map((one) => (
              <List.Item key={`${one.pointer} ${one.detail}`}>
                {one.pointer && <Code>{one.pointer}</Code>} {one.detail}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="sm">
          {retry && (
            <Button size="compact-sm" variant="light" color="red" onClick={retry}>
              Try again
            </Button>
          )}
          {problem && (
            <Text size="sm">
              <a href={`/problems/${problem.code}`} target="_blank" rel="noreferrer">
                What this means
              </a>
            </Text>
          )}
          {requestId && <RequestId id={requestId} />}
        </Group>
      </Stack>
    </Alert>
  );
}

function RequestId({ id }: { readonly id: string }) {
  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={copy} aria-label={`Copy the request id ${id}`}>
          {copied ? "copied" : `request ${id}`}
        </Button>
      )}
    </CopyButton>
  );
}

function titleOf(error: unknown): string {
  if (!(error instanceof ClocheError)) return "The page has broken";
  return error.name === "Unreachable" ? "The gateway does not answer" : "That did not work";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
