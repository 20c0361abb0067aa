"""`shopscope settings`: the effective settings, where each is from, and all of them as a file.

python -m shopscope.cli.settings docs/settings.md
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from shopscope.cli.common import AsJson, DataDir, out, print_json
from shopscope.settings import (
    CONFIG,
    ENV_PREFIX,
    GROUPS,
    HELP,
    SECRETS,
    UNSET,
    Settings,
    default_config,
    effective,
    public,
)

EXAMPLES: dict[str, Any] = {
    "data_dir": "/var/lib/shopscope",
    "accounts_url": "postgresql://shopscope:PASSWORD@db.example/shopscope",
    "accounts_secret": "made by openssl rand -hex 32",
    "tls_cert": "/etc/shopscope/cert.pem",
    "tls_key": "/etc/shopscope/key.pem",
    "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"],
    "regions": ["US", "GB"],
    "partner_v2_regions": ["US"],
    "lake_url": "s3://bucket/lake",
    "snapshots_url": "s3://bucket/snapshots",
}
"""Values of the settings that have none by default; that of a secret is too short to be taken."""


class Setting(msgspec.Struct):
    """One setting as `--json` prints it, by name; a secret is `***`."""

    value: Any
    origin: str
    help: str


def settings(
    example: Annotated[
        bool, typer.Option("--example", help="Print a file of every setting, to be edited.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show every setting with its value and where that is from. Secrets are hidden.

    A setting is given in a file of TOML (`port = 8400`), by the environment (`SHOPSCOPE_PORT=8400`)
    or by an option (`--port 8400`); of several the last of these counts. The file is the one that
    `shopscope --config FILE` or `SHOPSCOPE_CONFIG` names, or else `shopscope.toml` in the
    platform's folder of settings.

    Example: `shopscope settings`, or `shopscope settings --example > shopscope.toml`
    """
    if example:
        sys.stdout.write(example_file())
        return
    values, origins = effective({"data_dir": data_dir})
    shown = {
        name: Setting(public(getattr(values, name)), origins[name], text)
        for name, text in HELP.items()
    }
    if as_json:
        print_json(shown)
    else:
        _show(shown)


def _show(shown: dict[str, Setting]) -> None:
    width = max(map(len, shown))
    for group, names in GROUPS.items():
        out.print(f"[bold]{group}[/]")
        for name in names:
            one = shown[name]
            value = _plain(one.value) or f"({UNSET.get(name, 'none')})"
            line = f"  {name:<{width}}  {escape(value)}  [dim]{escape(one.origin)}[/]"
            out.print(line, soft_wrap=True)
            out.print(f"  {'':<{width}}  [dim]{escape(one.help)}[/]", soft_wrap=True)
    out.print(
        f"Without --config and {CONFIG} the file is {escape(str(default_config()))}",
        soft_wrap=True,
    )


def example_file() -> str:
    """A file of TOML with every setting, each commented out."""
    lines = [
        "# Settings of Shopscope: take the # off what you change. With a password or a secret in",
        "# it, let nobody read the file but who runs the server: chmod 600.",
    ]
    for group, names in GROUPS.items():
        lines += ["", f"# --- {group} ---"]
        for name in names:
            sample = EXAMPLES.get(name, getattr(Settings(), name))
            lines += ["", f"# {_sentence(HELP[name])}"]
            lines += [f"# Default: {UNSET[name]}."] if name in UNSET else []
            # These values are written in TOML as in JSON.
            lines += [f"# {name} = {msgspec.json.encode(sample).decode()}"]
    return "\n".join(lines) + "\n"


def render() -> str:
    """The page docs/settings.md."""
    sections = "\n".join(
        f"## {group}\n\n| setting | default | option | meaning |\n| --- | --- | --- | --- |\n"
        + "".join(_row(name) for name in names)
        for group, names in GROUPS.items()
    )
    return f"""# Settings

<!-- Made by `python -m shopscope.cli.settings docs/settings.md`; edit settings.py, not this. -->

A setting is given in one of three ways; of several the last counts:

1. a line in a file of TOML: `port = 8400`
2. the environment variable `{ENV_PREFIX}` + its name in capitals: `{ENV_PREFIX}PORT=8400`
3. an option of the command: `--port 8400`

The file is the one that `shopscope --config FILE`, before the command, or `SHOPSCOPE_CONFIG` names;
without them it is `shopscope.toml` in the platform's folder of settings (on Linux
`~/.config/shopscope/`), if it is there. Paths in it are seen from its own folder. A name it does
not know, or a value that a setting does not take, is an error that says where it stands. An empty
environment variable counts as not given.

`shopscope settings` shows what holds and where it is from; passwords and secrets are hidden.
What holds a secret has no option, since everyone on a machine sees the options of its processes.

{sections}
Options stand at `shopscope serve`, those of the rollup at `shopscope rollup`, `--data-dir` at every
command that needs data.

## A file of all of them

As `shopscope settings --example` prints it:

```toml
{example_file()}```
"""


def _row(name: str) -> str:
    default = getattr(Settings(), name)
    shown = UNSET.get(name) or (f"`{_plain(default)}`" if default is not None else "")
    option = "" if name in SECRETS else f"`--{name.replace('_', '-')}`"
    return f"| `{name}` | {shown} | {option} | {_sentence(HELP[name])} |\n"


def _plain(value: Any) -> str:
    """A value as in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(value)
    return str(value)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
