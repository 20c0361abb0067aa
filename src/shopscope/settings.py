"""Every setting, once: name, default and what it is for.

A value comes from a file of TOML, from the environment variable `SHOPSCOPE_` + name in capitals,
or from the command line; of several the last of these counts.
"""

import ipaddress
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from platformdirs import site_config_path, site_data_path, user_config_path, user_data_path

from shopscope.contract.parameters import nearest
from shopscope.contract.products import PAGE_SIZE_MAX
from shopscope.contract.vocab import REGION_PATTERN
from shopscope.errors import BadInput

ENV_PREFIX = "SHOPSCOPE_"
_NO_SETTINGS = {"SHOPSCOPE_CONFIG", "SHOPSCOPE_API_KEY", "SHOPSCOPE_BASE_URL"}
"""Variables of ours that are no settings: where the file is, and the client's."""

CONFIG = "SHOPSCOPE_CONFIG"
"""Environment variable that names the file of settings."""


def default_data_dir() -> Path:
    """The platform's folder for this program's data."""
    return _folder(user_data_path, site_data_path, "shopscope")


def demo_data_dir() -> Path:
    """The folder of the generated market, apart from anyone's own data."""
    return _folder(user_data_path, site_data_path, "shopscope-demo")


def default_config() -> Path:
    """The file that is read, if it is there, when none is named."""
    return _folder(user_config_path, site_config_path, "shopscope") / "shopscope.toml"


def _folder(of_user: Callable[..., Path], of_all: Callable[..., Path], name: str) -> Path:
    """The user's own folder; that of all users where a user has no home, as in a container."""
    try:
        return of_user(name, appauthor=False)
    except RuntimeError:
        return of_all(name, appauthor=False)


DUCKDB = "duckdb://"
"""The engine that needs nothing but this machine."""

SECRET_LENGTH_MIN = 32
"""Characters of `accounts_secret`."""


class Secret:
    """A text that is shown to nobody: printed, logged or in an error it is `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Effective settings of a process."""

    data_dir: Path = msgspec.field(default_factory=default_data_dir)
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 8321
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    open: bool = False
    accounts_url: Secret | None = None
    accounts_secret: Secret | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    page_size_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = PAGE_SIZE_MAX
    strict_parameters: bool = False
    partner_v2_regions: tuple[str, ...] = ()
    product_images: bool = True
    lake_url: str | None = None
    snapshots_url: str | None = None
    engine: str = DUCKDB
    trend_ratio: Annotated[float, msgspec.Meta(ge=0)] = 0.10
    trend_units: Annotated[int, msgspec.Meta(ge=0)] = 5

    @property
    def url(self) -> str:
        """The address at which a person on this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        scheme = "https" if self.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def lake_dir(self) -> Path:
        """Where the lake's tables are."""
        return self.data_dir / "lake"

    @property
    def snapshots_dir(self) -> Path:
        """Where snapshots are published."""
        return self.data_dir / "snapshots"

    @property
    def rejects_dir(self) -> Path:
        """Where the rows that a load rejects are written."""
        return self.data_dir / "rejects"

    @property
    def accounts_db(self) -> Path:
        """The accounts' own database, used unless `accounts_url` names another."""
        return self.data_dir / "accounts.db"

    @property
    def secret_file(self) -> Path:
        """Where the secret that keys are hashed with is kept, unless `accounts_secret` is set."""
        return self.data_dir / "accounts.secret"


HELP: dict[str, str] = {
    "data_dir": "folder of the lake, the snapshots, the accounts and the reject files",
    "host": "address the server listens on; 0.0.0.0 or :: for every network of the machine",
    "port": "port the server listens on",
    "workers": "processes that answer requests",
    "log_level": "least severe lines of the log: debug, info, warning or error",
    "open": "answer everyone without a key; only on an address of this machine alone",
    "accounts_url": "database of keys and usage, such as postgresql://user:password@host/name",
    "accounts_secret": "secret that keys are hashed with, the same on every node of a database",
    "tls_cert": "certificate chain to serve https with, a PEM file",
    "tls_key": "private key of the certificate, a PEM file",
    "trusted_proxies": "addresses or networks, separated by commas, of the proxies whose "
    "X-Forwarded-For and X-Forwarded-Proto are believed",
    "regions": "markets to serve, separated by commas",
    "page_size_max": "largest page_size a request may ask for",
    "strict_parameters": "answer an unknown parameter with 400 instead of ignoring it",
    "partner_v2_regions": "markets, separated by commas, whose shops must pass category_version v2 "
    "to the category calls of the Partner API",
    "product_images": "load images of products in the explorer, from wherever the data says",
    "lake_url": "where the lake is kept, such as s3://bucket/lake, instead of in the data folder",
    "snapshots_url": "where snapshots are published for other machines, and fetched from, such as "
    "s3://bucket/snapshots or, in a folder that machines share, file:///folder",
    "engine": "what computes a rollup: duckdb:// on this machine, or spark://host:port of a "
    "cluster's master",
    "trend_ratio": "least change of units, as a part of 1, for sales_trend_flag up or down",
    "trend_units": "least change in units for sales_trend_flag up or down",
}
"""What each setting is for."""

UNSET: dict[str, str] = {
    "data_dir": "the platform's data folder",
    "accounts_url": "accounts.db in the data folder",
    "accounts_secret": "accounts.secret in the data folder, made when first needed",
    "tls_cert": "none, so plain http",
    "trusted_proxies": "none",
    "regions": "all in the snapshot",
    "partner_v2_regions": "none",
    "lake_url": "the data folder",
    "snapshots_url": "none, so they are of this machine alone",
}
"""What holds while a setting without a default of its own is not given."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Server": ("data_dir", "host", "port", "workers", "log_level"),
    "Access": ("open", "accounts_url", "accounts_secret"),
    "TLS and proxies": ("tls_cert", "tls_key", "trusted_proxies"),
    "Answers": ("regions", "page_size_max", "strict_parameters", "partner_v2_regions"),
    "Explorer": ("product_images",),
    "Object storage": ("lake_url", "snapshots_url"),
    "Rollup": ("engine", "trend_ratio", "trend_units"),
}
"""The settings, each once, by what they are about."""

SECRETS = ("accounts_url", "accounts_secret")
"""Settings that must not be seen, so they have no option either."""


class Effective(NamedTuple):
    """Settings, and where each value is from.

    An origin is `default`, `file PATH`, `environment NAME` or `flag`.
    """

    settings: Settings
    origins: dict[str, str]


def load_settings(overrides: Mapping[str, Any], env: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `effective`, without their origins."""
    return effective(overrides, env).settings


def effective(overrides: Mapping[str, Any], env: Mapping[str, str] = os.environ) -> Effective:
    """Settings from the file and the environment, with `overrides` (None: not given) on top.

    The file is the one that `SHOPSCOPE_CONFIG` names, or else `default_config()` where there is
    one. An empty variable counts as not given.

    Raises:
        BadInput: the file can't be read or has an unknown name, or a setting does not take a
            value; with the place it is from.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(HELP, "default")
    for given in (*_from_file(env), *_from_environment(env), *_from_flags(overrides)):
        values[given.name] = _accepted(given)
        origins[given.name] = given.origin
    settings = Settings(**values)
    for one, other in (("tls_cert", "tls_key"), ("tls_key", "tls_cert")):
        if getattr(settings, one) and not getattr(settings, other):
            raise BadInput(
                f"Setting {one} ({origins[one]}) is given without {other}: set both, or none."
            )
    return Effective(settings, origins)


def environment(settings: Settings) -> dict[str, str]:
    """The environment variables that make `load_settings` give `settings` again, secrets too."""
    variables = {ENV_PREFIX + name.upper(): _text(getattr(settings, name)) for name in HELP}
    # What is not given is empty, which would let a file speak.
    return variables | {CONFIG: os.devnull}


def public(value: Any) -> Any:
    """A setting's value as anyone may see it: of a URL without its password, of a secret `***`."""
    if not isinstance(value, Secret):
        return value
    scheme, mark, rest = value.reveal().partition("://")
    if not mark:
        return "***"
    plain, _, query = rest.partition("?")
    if "@" in query:  # of a password with a question mark, as it may be
        return f"{scheme}://***"
    who, at, place = plain.rpartition("@")
    user, colon, _ = who.partition(":")
    return f"{scheme}://{user}{colon and ':***'}{at}{place}"


class _Given(NamedTuple):
    """One value as it was given; `typed`: it must be of the right type already."""

    name: str
    value: Any
    origin: str
    typed: bool = False


def _from_file(env: Mapping[str, str]) -> Iterator[_Given]:
    named = env.get(CONFIG)
    path = Path(named).expanduser().absolute() if named else default_config()
    if not named and not path.is_file():
        return
    try:
        text = path.read_text("utf-8-sig")  # some editors put a byte order mark before it
        document = tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"Can't read the settings in {path}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"The settings in {path} are not UTF-8: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The settings in {path} are not valid TOML: {error}.") from None
    for name, value in document.items():
        if name not in HELP:
            line = re.search(rf"^\s*\[*\s*[\"']?{re.escape(name)}\b", text, re.MULTILINE)
            where = f" line {text.count(chr(10), 0, line.end()) + 1}" if line else ""
            near = nearest(name, HELP)
            hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(HELP)}."
            raise BadInput(f"{path}{where}: there is no setting {name!r}. {hint}")
        if name in _PATHS and isinstance(value, str):
            value = str(path.parent / Path(value).expanduser())
        yield _Given(name, value, f"file {path}", typed=True)


def _from_environment(env: Mapping[str, str]) -> Iterator[_Given]:
    for name in HELP:
        variable = ENV_PREFIX + name.upper()
        if value := env.get(variable):
            yield _Given(name, value, f"environment {variable}")


def unknown_variables(env: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """Variables that look like a setting and are none, with the nearest that is one."""
    known = {ENV_PREFIX + name.upper() for name in HELP}
    return {
        name: nearest(name, known)
        for name in sorted(env)
        if name.startswith(ENV_PREFIX) and name not in known | _NO_SETTINGS
    }


def _from_flags(overrides: Mapping[str, Any]) -> Iterator[_Given]:
    for name, value in overrides.items():
        if value is not None:
            yield _Given(name, value, "flag")


def _accepted(given: _Given) -> Any:
    """The value in the setting's own type. Raises BadInput, which never shows a secret."""
    name, value = given.name, given.value
    if name in _LISTS and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        converted = msgspec.convert({name: value}, Settings, strict=given.typed, dec_hook=_convert)
        accepted = getattr(converted, name)
        return _CHECKS[name](accepted) if name in _CHECKS else accepted
    except ValueError as error:  # msgspec's are among them
        reason = str(error).split(" - at")[0]
        for kind, words in _KINDS.items():
            reason = re.sub(rf"`{kind}`(, got `\w+`)?", words, reason)
        got = "" if name in SECRETS else f" got {given.value!r}."
        flag = f" --{name.replace('_', '-')}" if given.origin == "flag" else ""
        raise BadInput(
            f"Setting {name} ({HELP[name]}), from {given.origin}{flag}:{got} {reason}."
        ) from None


def _convert(kind: type, value: Any) -> Any:
    if not isinstance(value, str | Path):
        raise ValueError("Expected `str`")
    if kind is Path:
        return Path(value).expanduser()
    if kind is Secret:
        return Secret(str(value))
    raise NotImplementedError(kind)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return ",".join(value)
        case Secret():
            return value.reveal()
    return str(value)


def _host(host: str) -> str:
    if not host or re.search(r"[\s/\[\]]", host):
        raise ValueError("Expected an address or a name, such as 127.0.0.1, ::1 or localhost")
    return host


def _accounts_url(url: Secret) -> Secret:
    if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://.", url.reveal()):
        raise ValueError(
            "Expected postgresql://user:password@host/name or sqlite:///path/to/accounts.db"
        )
    return url


def _accounts_secret(secret: Secret) -> Secret:
    if len(secret.reveal().strip()) < SECRET_LENGTH_MIN:
        raise ValueError(
            f"Expected at least {SECRET_LENGTH_MIN} characters: `openssl rand -hex 32` makes one"
        )
    return secret


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise ValueError(
                f"Expected addresses or networks such as 127.0.0.1 or 10.0.0.0/8: {error}"
            ) from None
    return texts


def _lake_url(url: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+(/[\w.=-]+)*/?", url):
        raise ValueError("Expected s3://bucket or s3://bucket/folder")
    return url.rstrip("/")


def _snapshots_url(url: str) -> str:
    if re.fullmatch(r"file:///.+", url):
        return url.rstrip("/")
    try:
        return _lake_url(url)
    except ValueError as error:
        raise ValueError(f"{error}, or file:///folder") from None


def _regions(codes: tuple[str, ...]) -> tuple[str, ...]:
    codes = tuple(code.upper() for code in codes)
    for code in codes:
        if not re.fullmatch(REGION_PATTERN, code):
            raise ValueError(f"{code!r} is no market: expected codes such as US,GB")
    return codes


def _engine(url: str) -> str:
    if url != DUCKDB and not re.fullmatch(r"spark://[^\s:/,]+:\d{1,5}(,[^\s:/,]+:\d{1,5})*", url):
        raise ValueError("Expected duckdb:// or spark://host:port of a cluster's master")
    return url


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("Expected a number such as 0.1")
    return number


_PATHS = ("data_dir", "tls_cert", "tls_key")
_LISTS = ("trusted_proxies", "regions", "partner_v2_regions")

_CHECKS: dict[str, Callable[[Any], Any]] = {
    "host": _host,
    "accounts_url": _accounts_url,
    "accounts_secret": _accounts_secret,
    "trusted_proxies": _networks,
    "regions": _regions,
    "partner_v2_regions": _regions,
    "lake_url": _lake_url,
    "snapshots_url": _snapshots_url,
    "engine": _engine,
    "trend_ratio": _finite,
}
"""What a type alone does not say."""

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list of texts",
}
"""The decoder's names of types, in words."""
