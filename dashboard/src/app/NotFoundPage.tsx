import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { EmptyState } from "~/notices/EmptyState";
import { Page } from "~/notices/Page";

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no such page" action={<Anchor component={Link} to="/submit">Submit a program</Anchor>}>
        The address may be of another version of the dashboard. Ctrl+K finds every page, and an evaluation by its id.
      </EmptyState>
    </Page>
  );
}
