"""What every command shares: the data folder, JSON output, and how an error ends it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from shopscope.settings import HELP, UNSET, Settings, load_settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REJECTS = 3
"""Exit status: done, but some rows were rejected."""


def setting_option(name: str, **more: Any) -> Any:
    """The option of a setting, whose words and default are the setting's own.

    It is not read from the environment here: `load_settings` does that, and knows what came whence.
    """
    default = getattr(Settings(), name)
    text = HELP[name]
    shown = UNSET.get(name) or (str(default) if default else False)
    return typer.Option(help=f"{text[0].upper()}{text[1:]}.", show_default=shown, **more)


DataDir = Annotated[Path | None, setting_option("data_dir", metavar="FOLDER")]
LakeUrl = Annotated[str | None, setting_option("lake_url", metavar="URL")]
SnapshotsUrl = Annotated[str | None, setting_option("snapshots_url", metavar="URL")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts.")]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def group(**words: Any) -> typer.Typer:
    """A command with commands below it; `words` are its help and epilog."""
    return typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", **words
    )


def settings_with(**overrides: Any) -> Settings:
    """The settings of the environment, with the command line's values on top."""
    return load_settings(overrides)


def print_json(value: Any) -> None:
    """Print a value as one JSON document on standard output; what JSON has no type for as text."""
    document = msgspec.json.encode(value, enc_hook=str)
    sys.stdout.write(msgspec.json.format(document, indent=2).decode() + "\n")
