"""`shopscope serve`: answer the API from the newest snapshot."""

from pathlib import Path
from typing import Annotated, Any

from shopscope.cli.common import setting_option, settings_with
from shopscope.server import serve as run
from shopscope.settings import GROUPS


def _option(name: str, **more: Any) -> Any:
    """The option of a setting, under the heading of its group."""
    group = next(group for group, names in GROUPS.items() if name in names)
    return setting_option(name, rich_help_panel=group, **more)


def serve(
    data_dir: Annotated[Path | None, _option("data_dir", metavar="FOLDER")] = None,
    host: Annotated[str | None, _option("host", metavar="ADDRESS")] = None,
    port: Annotated[int | None, _option("port")] = None,
    workers: Annotated[int | None, _option("workers")] = None,
    log_level: Annotated[str | None, _option("log_level", metavar="LEVEL")] = None,
    open: Annotated[bool | None, _option("open")] = None,
    tls_cert: Annotated[Path | None, _option("tls_cert", metavar="FILE")] = None,
    tls_key: Annotated[Path | None, _option("tls_key", metavar="FILE")] = None,
    trusted_proxies: Annotated[str | None, _option("trusted_proxies", metavar="NETWORKS")] = None,
    regions: Annotated[str | None, _option("regions", metavar="CODES")] = None,
    page_size_max: Annotated[int | None, _option("page_size_max")] = None,
    strict_parameters: Annotated[bool | None, _option("strict_parameters")] = None,
    product_images: Annotated[bool | None, _option("product_images")] = None,
    partner_v2_regions: Annotated[
        str | None, _option("partner_v2_regions", metavar="CODES")
    ] = None,
    snapshots_url: Annotated[str | None, _option("snapshots_url", metavar="URL")] = None,
) -> None:
    """Answer the API from the newest snapshot, until stopped by Ctrl-C or SIGTERM.

    Who asks needs a key, which `shopscope keys create NAME` makes. On your own machine, for
    yourself, `--open` does without keys.

    A snapshot that is published while the server runs is picked up within a second; no request is
    lost. Without a snapshot the server runs too, and answers 503 until there is one.

    The log is one JSON object a line on standard error. Watchers ask `/healthz` (alive),
    `/readyz` (has a snapshot) and `/metrics` (Prometheus); `/openapi.json` describes the API.

    Each option is a setting, which can also be given by the environment (`SHOPSCOPE_PORT=8400`) or
    in a file (`port = 8400`); `shopscope settings` shows them all, and where each is from.

    Examples:

    `shopscope serve --open` for yourself, on this machine only

    `shopscope serve --host 0.0.0.0 --workers 4` for the network, on four processors

    `shopscope serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem` by https

    `shopscope serve --regions US,GB --page-size-max 100` two markets, larger pages

    `shopscope serve --regions US --snapshots-url s3://bucket/snapshots` one market, which is
    fetched from there whenever a snapshot is published

    `shopscope --config shopscope.toml serve` as the file says
    """
    run(
        settings_with(
            data_dir=data_dir,
            host=host,
            port=port,
            workers=workers,
            log_level=log_level,
            open=open,
            tls_cert=tls_cert,
            tls_key=tls_key,
            trusted_proxies=trusted_proxies,
            regions=regions,
            page_size_max=page_size_max,
            strict_parameters=strict_parameters,
            product_images=product_images,
            partner_v2_regions=partner_v2_regions,
            snapshots_url=snapshots_url,
        )
    )
