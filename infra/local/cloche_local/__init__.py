"""The whole of Cloche on one machine: cloche up."""
