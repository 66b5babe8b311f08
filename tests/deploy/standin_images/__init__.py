"""Images that stand in for those that compose.yaml and the Dockerfiles name, where no registry of images is reached.

They are made of Debian's packages and of the servers that wheels bring, and hold what compose.yaml relies on: programs
by their names, users, and of PostgreSQL's image the way in which it makes its files.
"""
