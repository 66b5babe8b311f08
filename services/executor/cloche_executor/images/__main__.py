"""``python -m cloche_executor.images list|build``: the images of the sandboxes on this machine."""

import argparse
import sys

from cloche_executor.images.build import TARGETS
from cloche_executor.images.cli import AT_ONCE, build_images, list_images


def main() -> int:
    """The exit code: 0, 1 if an image could not be made, 2 for wrong words."""
    parser = argparse.ArgumentParser(prog="python -m cloche_executor.images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="what there is of each image")
    listing.add_argument("--json", action="store_true")
    building = commands.add_parser("build", help="make images that are not there")
    building.add_argument("names", nargs="*", metavar="NAME")
    building.add_argument("--for", dest="target", choices=(*TARGETS, "all"), default="all")
    building.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N")
    words = parser.parse_args()
    if words.command == "list":
        return list_images(json=words.json)
    target = None if words.target == "all" else words.target
    return build_images(words.names, target=target, at_once=max(1, words.at_once))


if __name__ == "__main__":
    sys.exit(main())
