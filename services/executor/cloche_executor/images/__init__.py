"""The images of the sandboxes: which there are, how they are made, and where they lie.

`recipes/` is what they are made of, catalogue.py their names, recipe.py makes one from Debian packages, docker.py gives
it to a Docker daemon, rootfs.py lays it out as a folder for bubblewrap, build.py is all of that in order.
"""
