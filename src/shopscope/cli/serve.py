"""`shopscope serve`: answer the API from the newest snapshot."""

import re
from typing import Annotated, Any, Literal

import typer

from shopscope.cli.common import DataDir, settings_with
from shopscope.contract.vocab import REGION_PATTERN
from shopscope.server import serve as run
from shopscope.settings import ENV_PREFIX, HELP, Settings


def _option(name: str, **more: Any) -> Any:
    """The option of a setting; its words and default are the setting's own."""
    default = getattr(Settings(), name)
    text = HELP[name]
    return typer.Option(
        envvar=ENV_PREFIX + name.upper(),
        help=f"{text[0].upper()}{text[1:]}.",
        show_default=str(default) if default else False,
        **more,
    )


def _regions(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    codes = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    for code in codes:
        if not re.fullmatch(REGION_PATTERN, code):
            raise typer.BadParameter(
                f"{code!r} is no market: expected codes such as US,GB", param_hint="--regions"
            )
    return codes


def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, _option("host")] = None,
    port: Annotated[int | None, _option("port", min=1, max=65_535)] = None,
    workers: Annotated[int | None, _option("workers", min=1, max=256)] = None,
    regions: Annotated[str | None, _option("regions", metavar="CODES")] = None,
    page_size_max: Annotated[int | None, _option("page_size_max", min=1, max=10_000)] = None,
    strict_parameters: Annotated[bool | None, _option("strict_parameters")] = None,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None, _option("log_level")
    ] = None,
) -> None:
    """Answer the API from the newest snapshot, until stopped by Ctrl-C or SIGTERM.

    A snapshot that is published while the server runs is picked up within a second; no request is
    lost. Without a snapshot the server runs too, and answers 503 until there is one.

    The log is one JSON object a line on standard error. Watchers ask `/healthz` (alive),
    `/readyz` (has a snapshot) and `/metrics` (Prometheus); `/openapi.json` describes the API.

    Examples:

    `shopscope serve` for this machine only

    `shopscope serve --host 0.0.0.0 --workers 4` for the network, on four processors

    `shopscope serve --regions US,GB --page-size-max 100` two markets, larger pages
    """
    run(
        settings_with(
            data_dir=data_dir,
            host=host,
            port=port,
            workers=workers,
            regions=_regions(regions),
            page_size_max=page_size_max,
            strict_parameters=strict_parameters,
            log_level=log_level,
        )
    )
