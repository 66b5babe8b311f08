"""Other systems that run untrusted code in containers, measured beside ours on the same daemon and image."""
