"""Settings: where a value comes from, what is refused, and how they reach worker processes."""

import os
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.errors import BadInput
from shopscope.settings import (
    CONFIG,
    GROUPS,
    HELP,
    UNSET,
    Secret,
    Settings,
    default_config,
    effective,
    environment,
    load_settings,
    public,
    unknown_variables,
)

OTHER_DATABASE = "mysql://user:hidden@host/name"  # pragma: allowlist secret
DATABASE = "postgresql://me:hidden@db.example:5432/shop"  # pragma: allowlist secret
LONG = "0123456789abcdef" * 4  # pragma: allowlist secret


def file_of(folder: Path, text: str) -> dict[str, str]:
    """The environment that names a file with this text."""
    path = folder / "shop.toml"
    path.write_text(text, "utf-8")
    return {CONFIG: str(path)}


def refused(env: dict[str, str], overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        load_settings(overrides or {}, env)
    return str(caught.value)


def test_every_setting_is_explained_and_in_one_group() -> None:
    names = [field.name for field in msgspec.structs.fields(Settings)]
    assert list(HELP) == names
    assert [name for group in GROUPS.values() for name in group] == names
    without = {name for name in names if getattr(Settings(), name) in (None, ())}
    assert without <= {*UNSET, "tls_key"}  # which has none without its certificate


def test_flags_win_over_the_environment_and_the_environment_over_the_file(tmp_path: Path) -> None:
    env = file_of(tmp_path, 'host = "10.0.0.1"\nport = 1\nworkers = 2\nregions = ["US", "gb"]\n')
    env |= {"SHOPSCOPE_PORT": "9000", "SHOPSCOPE_HOST": "::", "SHOPSCOPE_WORKERS": ""}
    settings, origins = effective({"port": 9001, "host": None}, env)
    assert (settings.port, settings.host, settings.workers) == (9001, "::", 2)
    assert settings.regions == ("US", "GB")
    assert origins == dict.fromkeys(HELP, "default") | {
        "port": "flag",
        "host": "environment SHOPSCOPE_HOST",
        "workers": f"file {env[CONFIG]}",
        "regions": f"file {env[CONFIG]}",
    }


def test_the_platforms_file_is_read_if_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_settings({}, {}) == Settings()
    default_config().parent.mkdir(parents=True)
    default_config().write_text("port = 8400\n")
    settings, origins = effective({}, {})
    assert (settings.port, origins["port"]) == (8400, f"file {default_config()}")
    assert load_settings({}, file_of(tmp_path, "")).port == 8321


def test_paths_in_a_file_are_seen_from_its_folder(tmp_path: Path) -> None:
    text = 'data_dir = "data"\ntls_cert = "/etc/cert.pem"\ntls_key = "~/key.pem"\n'
    settings = load_settings({}, file_of(tmp_path, text))
    assert settings.data_dir == tmp_path / "data"
    assert (settings.tls_cert, settings.tls_key) == (
        Path("/etc/cert.pem"),
        Path.home() / "key.pem",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "port = 1\n\nprot = 2\n",
            "shop.toml line 3: there is no setting 'prot'. Did you mean 'po",
        ),
        ('data-dir = "x"\n', "line 1: there is no setting 'data-dir'. Did you mean 'data_dir'?"),
        ('\n[ "serve" ]\nport = 1\n', "line 2: there is no setting 'serve'. There are data_dir,"),
        ("xyz = 1\n", "there is no setting 'xyz'. There are data_dir, host"),
        ("port = 1\nport = 2\n", "not valid TOML: "),
        ("port : 1\n", "not valid TOML: "),
        ('host = "\udcff"\n', "not UTF-8: "),
    ],
)
def test_a_bad_file_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert words in (told := refused({CONFIG: str(path)}))
    assert str(path) in told


def test_a_file_may_come_from_any_editor(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(b"\xef\xbb\xbfport = 8400\r\nworkers = 2\r\n")
    settings = load_settings({}, {CONFIG: str(path)})
    assert (settings.port, settings.workers) == (8400, 2)


def test_a_user_without_a_home_gets_the_folders_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str, **_: Any) -> Path:
        raise RuntimeError(f"could not determine the home directory for {name}")

    for find in ("user_data_path", "user_config_path"):
        monkeypatch.setattr(f"shopscope.settings.{find}", nowhere)
    assert load_settings({}, {"SHOPSCOPE_PORT": "8400"}).port == 8400
    assert load_settings({"data_dir": "/data"}, {}).data_dir == Path("/data")
    assert Settings().data_dir.is_absolute()


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        assert f"Can't read the settings in {path}: " in refused({CONFIG: str(path)})


BAD = [
    ("data_dir", 5, None, "Expected a text"),
    ("host", "a b", "a b", "Expected an address or a name"),
    ("host", "http://me", "http://me", "Expected an address or a name"),
    ("host", "[::1]", "[::1]", "such as 127.0.0.1, ::1 or localhost"),
    ("host", 5, None, "Expected a text"),
    ("port", 0, "0", "Expected a whole number >= 1"),
    ("port", 65_536, "65536", "Expected a whole number <= 65535"),
    ("port", "web", "web", "Expected a whole number"),
    ("port", "8321", None, "Expected a whole number"),
    ("workers", -1, "-1", "Expected a whole number >= 1"),
    ("workers", 1.5, "1.5", "Expected a whole number"),
    ("log_level", "loud", "loud", "debug, info, warning or error"),
    ("open", "perhaps", "perhaps", "Expected true or false"),
    ("open", 1, None, "Expected true or false"),
    ("accounts_url", OTHER_DATABASE, OTHER_DATABASE, "Expected postgresql://"),
    ("accounts_url", "hidden", "hidden", "Expected postgresql://"),
    ("accounts_url", 5, None, "Expected a text"),
    ("accounts_secret", "hidden", "hidden", "at least 32 characters: `openssl rand -hex 32`"),
    ("accounts_secret", 123_456, None, "Expected a text"),
    ("tls_cert", False, None, "Expected a text"),
    ("tls_key", [], None, "Expected a text"),
    ("trusted_proxies", ["proxy"], "proxy", "'proxy' does not appear to be an IPv4 or IPv6"),
    ("trusted_proxies", "10.0.0.1/8", "::1,10.0.0.1/8", "10.0.0.1/8 has host bits set"),
    ("trusted_proxies", ["*"], "*", "Expected addresses or networks"),
    ("trusted_proxies", 5, None, "Expected a list of texts"),
    ("regions", ["USA"], "US, USA", "'USA' is no market: expected codes such as US,GB"),
    ("regions", [1], None, "Expected a text"),
    ("partner_v2_regions", ["usa"], "usa", "'USA' is no market: expected codes such as US,GB"),
    ("page_size_max", 0, "0", "Expected a whole number >= 1"),
    ("page_size_max", 10_001, "10001", "Expected a whole number <= 10000"),
    ("strict_parameters", "perhaps", "perhaps", "Expected true or false"),
    ("product_images", "some", "some", "Expected true or false"),
    ("lake_url", "/lake", "file:///lake", "Expected s3://bucket or s3://bucket/folder."),
    ("lake_url", "s3://bucket/a b", "s3://Bucket/?key=word", "Expected s3://bucket or s3://"),
    ("snapshots_url", "s3:bucket", "/folder", "s3://bucket/folder, or file:///folder."),
    ("engine", "spark://host", "sqlite://", "Expected duckdb:// or spark://host:port"),
    ("trend_ratio", -0.1, "-0.1", "Expected a number >= 0"),
    ("trend_ratio", float("nan"), "nan", "Expected a number >= 0"),
    ("trend_ratio", float("inf"), "inf", "Expected a number such as 0.1"),
    ("trend_units", -5, "-5", "Expected a whole number >= 0"),
]
"""Setting, a value in a file, a text elsewhere (None: any text is good), and what is said."""


def test_every_setting_has_a_bad_value_here() -> None:
    assert {name for name, *_ in BAD} == set(HELP)


@pytest.mark.parametrize(("name", "value", "text", "words"), BAD)
def test_a_bad_value_is_told_with_where_it_is_from(
    tmp_path: Path, name: str, value: Any, text: str | None, words: str
) -> None:
    line = f"{name} = {value}" if isinstance(value, float) else f"{name} = {toml(value)}"
    env = file_of(tmp_path, line)
    told = {f"file {env[CONFIG]}": refused(env)}
    if text is not None:
        variable = f"SHOPSCOPE_{name.upper()}"
        told[f"environment {variable}"] = refused({variable: text})
        told[f"flag --{name.replace('_', '-')}"] = refused({}, {name: text})
    for origin, message in told.items():
        assert message.startswith(f"Setting {name} ({HELP[name]}), from {origin}:")
        assert words in message
        assert "hidden" not in message
        assert "123456" not in message
        assert "`str`" not in message
        assert message.endswith(".")


def toml(value: Any) -> str:
    """The value as TOML writes it, which for these is as JSON does."""
    text = msgspec.json.encode(value).decode()
    assert tomllib.loads(f"x = {text}") == {"x": value}
    return text


@pytest.mark.parametrize(("one", "other"), [("cert", "key"), ("key", "cert")])
def test_a_certificate_and_its_key_come_together(one: str, other: str) -> None:
    told = refused({f"SHOPSCOPE_TLS_{one.upper()}": "/a.pem"})
    assert told == (
        f"Setting tls_{one} (environment SHOPSCOPE_TLS_{one.upper()}) is given without "
        f"tls_{other}: set both, or none."
    )


GIVEN: list[dict[str, Any]] = [
    {},
    {"regions": ["US", "GB"], "strict_parameters": True, "log_level": "debug", "open": True},
    {"trend_ratio": 0.25, "page_size_max": 500, "data_dir": Path("/a place/of data")},
    {"lake_url": "s3://shop-1/lake/", "snapshots_url": "file:///a place"},
    {"tls_cert": Path("/c.pem"), "tls_key": Path("/k.pem"), "trusted_proxies": "10.0.0.0/8, ::1"},
    {"accounts_url": "postgresql://me:a=b@host/x?y=1", "accounts_secret": f"{LONG}$"},
]


@pytest.mark.parametrize("given", GIVEN)
def test_workers_get_the_same_settings_by_environment(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    """Whatever a file says that the parent has already weighed."""
    settings = load_settings(given, {})
    file = file_of(tmp_path, 'regions = ["JP"]\naccounts_url = "sqlite:///other"\nopen = true\n')
    assert load_settings({}, file | environment(settings)) == settings
    assert all(isinstance(text, str) for text in environment(settings).values())


def test_secrets_are_kept_and_not_shown() -> None:
    settings = load_settings(GIVEN[-1], {})
    assert settings.accounts_url is not None
    assert settings.accounts_url.reveal() == GIVEN[-1]["accounts_url"]
    assert settings.accounts_secret == Secret(f"{LONG}$") != Secret(LONG)
    for text in (
        repr(settings),
        f"{settings.accounts_secret}",
        str(msgspec.structs.asdict(settings)),
    ):
        assert LONG not in text
        assert "a=b" not in text
        assert "***" in text
    with pytest.raises(TypeError):
        msgspec.json.encode(settings)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (DATABASE, "postgresql://me:***@db.example:5432/shop"),
        ("postgresql://me:hid/den@x@db/shop", "postgresql://me:***@db/shop"),
        ("postgresql://me@db/shop?password=hidden", "postgresql://me@db/shop"),
        ("postgresql:///shop?user=me&password=a@hidden", "postgresql://***"),
        ("postgresql://me:hid?den@db/shop", "postgresql://***"),
        ("postgresql://db/shop", "postgresql://db/shop"),
        ("sqlite:////var/lib/shop.db", "sqlite:////var/lib/shop.db"),
        (LONG, "***"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert public(Secret(url)) == shown


def test_what_is_no_secret_is_shown() -> None:
    assert public(8321) == 8321


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8321"),
        ("0.0.0.0", "http://127.0.0.1:8321"),
        ("::", "http://[::1]:8321"),
        ("2001:db8::1", "http://[2001:db8::1]:8321"),
        ("shop.example", "http://shop.example:8321"),
    ],
)
def test_the_address_for_people(host: str, url: str) -> None:
    assert Settings(host=host).url == url
    secure = Settings(host=host, tls_cert=Path("cert.pem"), tls_key=Path("key.pem"))
    assert secure.url == url.replace("http:", "https:")


def test_the_file_that_workers_read_is_empty() -> None:
    assert environment(Settings())[CONFIG] == os.devnull


def test_variables_that_are_no_settings_are_named() -> None:
    env = {"SHOPSCOPE_ACCOUNT_URL": "x", "SHOPSCOPE_PORT": "1", "SHOPSCOPE_API_KEY": "k", "A": ""}
    assert unknown_variables(env) == {"SHOPSCOPE_ACCOUNT_URL": "SHOPSCOPE_ACCOUNTS_URL"}
