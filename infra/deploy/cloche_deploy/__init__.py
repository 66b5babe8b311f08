"""Releases on AWS, from the command line and from workflows. Standard library only."""
