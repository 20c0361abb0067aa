"""The command `shopscope`: its commands, and how errors are shown."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

import shopscope
from shopscope.cli import demo, load, profiles, rollup, serve, snapshots
from shopscope.cli.common import EXIT_FAILED, err, out
from shopscope.errors import ShopscopeError

app = typer.Typer(
    name="shopscope",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Self-hosted TikTok Shop product intelligence: load the data you have, "
    "roll it up, serve it.",
    epilog="Three commands from files to an API: `shopscope load FILES…`, `shopscope rollup`, "
    "`shopscope serve`. Without files: `shopscope demo`.",
)
app.command("load")(load.load)
app.command("rollup")(rollup.rollup)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(profiles.app, name="profiles")


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"shopscope {shopscope.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; an expected error is one line and exit status 1, never a trace."""
    try:
        app()
    except ShopscopeError as error:
        err.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(EXIT_FAILED)
    except BrokenPipeError:
        sys.exit(EXIT_FAILED)
