"""The supervisor of a detached system (`cloche_local.detached`)."""

import sys

from cloche_local.detached import main

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
