import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";
import { LinkAnchor } from "./links";

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no such page" action={<LinkAnchor to="/submit">Submit a program</LinkAnchor>}>
        The address may be of another version of the dashboard. Ctrl+K finds every page, and an evaluation by its id.
      </EmptyState>
    </Page>
  );
}
