import "~/theme/mantine.css";
import "~/theme/page.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "~/app/App";
import { SessionStore } from "~/session/session";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no place for the page");
createRoot(root).render(
  <StrictMode>
    <App session={new SessionStore(sessionStorage)} />
  </StrictMode>,
);
