"""Settings: where a value comes from, what is refused, and how they reach worker processes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shopscope.errors import BadInput
from shopscope.settings import HELP, Settings, environment, load_settings


def test_every_setting_says_what_it_is_for() -> None:
    assert set(HELP) == {field.name for field in msgspec.structs.fields(Settings)}


def test_the_command_line_wins_over_the_environment() -> None:
    env = {"SHOPSCOPE_PORT": "9000", "SHOPSCOPE_HOST": "::", "SHOPSCOPE_WORKERS": ""}
    settings = load_settings({"port": 9001, "host": None}, env)
    assert (settings.port, settings.host, settings.workers) == (9001, "::", 1)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"regions": ["US", "GB"], "strict_parameters": True, "log_level": "debug"},
        {"trend_ratio": 0.25, "page_size_max": 500, "data_dir": Path("/a place/of data")},
    ],
)
def test_workers_get_the_same_settings_by_environment(given: dict[str, Any]) -> None:
    settings = load_settings(given, {})
    assert load_settings({}, environment(settings)) == settings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "0"),
        ("PORT", "web"),
        ("WORKERS", "-1"),
        ("PAGE_SIZE_MAX", "0"),
        ("LOG_LEVEL", "loud"),
        ("STRICT_PARAMETERS", "perhaps"),
    ],
)
def test_a_bad_value_is_named_with_what_the_setting_is_for(name: str, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        load_settings({}, {f"SHOPSCOPE_{name}": text})
    assert f"Setting {name.lower()} ({HELP[name.lower()]}): got '{text}'" in str(caught.value)


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
