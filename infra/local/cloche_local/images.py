"""`cloche images list` and `cloche images build`: the images of the sandboxes on this machine."""

from typing import Annotated, Literal

from cloche_executor.images.cli import AT_ONCE, build_images, list_images
from cyclopts import App, Parameter, validators

images = App(name="images")


@images.command(name="list")
def listing(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show every image: its languages, its digest, and where it is.

    Parameters
    ----------
    json:
        One JSON array of images.
    """
    return list_images(json=json)


@images.command
def build(
    *names: str,
    engine: Annotated[Literal["docker", "bubblewrap", "all"], Parameter(name="--for")] = "all",
    at_once: Annotated[int, Parameter(validator=validators.Number(gte=1))] = AT_ONCE,
) -> int:
    """Make the images that are not there. Exit code 1 if one cannot be made.

    Parameters
    ----------
    names:
        Images, as cloche images list shows them; all without any.
    engine:
        For whom: Docker (and gVisor, which runs on it), bubblewrap, or whichever can be here.
    at_once:
        So many at the same time.
    """
    return build_images(names, target=None if engine == "all" else engine, at_once=at_once)
