"""Python client and command line of Cloche."""
