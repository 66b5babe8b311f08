import { Page } from "~/notices/Page";
export function RunPage() { return <Page title="Run">x</Page>; }
