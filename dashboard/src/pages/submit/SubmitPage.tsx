import { Page } from "~/notices/Page";
export function SubmitPage() { return <Page title="Submit">x</Page>; }
