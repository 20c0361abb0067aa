"""What every command shares: the data folder, JSON output, and how an error ends it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from shopscope.settings import Settings, load_settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REJECTS = 3
"""Exit status: done, but some rows were rejected."""

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="SHOPSCOPE_DATA_DIR",
        help="Folder of the lake, the snapshots and the reject files.",
        show_default="the platform's data folder",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def settings_with(**overrides: Any) -> Settings:
    """The settings of the environment, with the command line's values on top."""
    return load_settings(overrides)


def print_json(value: Any) -> None:
    """Print a value as one JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
