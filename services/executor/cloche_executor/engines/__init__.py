"""The engines that make sandboxes, and the choice between them."""
