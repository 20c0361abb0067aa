"""The command line; a door like the API and the explorer."""

from shopscope.cli.app import main

__all__ = ["main"]
