// The policy of the page allows styles that carry this nonce (cloche_gateway/dashboard.py). Empty in development.

import { setNonce } from "get-nonce";

export const nonce = document.querySelector<HTMLMetaElement>("meta[property='csp-nonce']")?.nonce ?? "";

// For react-remove-scroll, which Mantine's dialogs use.
setNonce(nonce);
