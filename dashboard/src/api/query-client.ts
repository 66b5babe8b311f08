// How answers are kept and asked for again. Retries are the SDK's; a key that is no longer good ends the session.

import { NotAuthorised, type ApiError } from "cloche";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

const UNAUTHORIZED = 401;
// What the feed tells makes queries stale; time alone seldom does.
const FRESH_MILLISECONDS = 10_000;

export function queryClientFor(refused: (why: string) => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof NotAuthorised && error.status === UNAUTHORIZED) refused(whyOf(error));
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { retry: false, staleTime: FRESH_MILLISECONDS, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

function whyOf(error: ApiError): string {
  return `${error.problem.title}: the key was revoked, has expired, or was never good.`;
}
