"""Settings from the environment: defaults, what is taken, and what is said of a bad value."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from kg.errors import SettingsError
from kg.settings import Settings


def test_defaults() -> None:
    assert Settings.from_env({}) == Settings(
        store="memory:",
        content=None,
        host="127.0.0.1",
        port=8000,
        default_graph="union",
        public_url=None,
    )


def test_every_setting_is_read_from_its_variable() -> None:
    settings = Settings.from_env(
        {
            "KG_STORE": "memory:",
            "KG_CONTENT": "none",
            "KG_HOST": "::1",
            "KG_PORT": "0",
            "KG_DEFAULT_GRAPH": "plain",
            "KG_PUBLIC_URL": "https://example.org/connectivity/",
            "PORT": "99",
        }
    )
    assert settings == Settings(
        content="none",
        host="::1",
        port=0,
        default_graph="plain",
        public_url="https://example.org/connectivity",
    )


def test_blank_counts_as_not_set() -> None:
    assert Settings.from_env({"KG_CONTENT": "", "KG_PORT": "  ", "KG_HOST": ""}) == Settings()


BAD = {
    "port, a word": (
        {"KG_PORT": "eighty"},
        "KG_PORT is 'eighty'; it must be a whole number from 0 to 65535.",
    ),
    "port, too high": ({"KG_PORT": "65536"}, "KG_PORT is 65536; it must be a whole number from 0 to 65535."),
    "port, negative": ({"KG_PORT": "-1"}, "KG_PORT is '-1'; it must be a whole number from 0 to 65535."),
    "port, other digits": ({"KG_PORT": "٨٠"}, "KG_PORT is '٨٠'; it must be a whole number from 0 to 65535."),
    "default graph": (
        {"KG_DEFAULT_GRAPH": "merge"},
        "KG_DEFAULT_GRAPH is 'merge'; it must be union or plain.",
    ),
    "host with a path": (
        {"KG_HOST": "localhost/x"},
        "KG_HOST is 'localhost/x'; it must be a host name or an IP address, as 127.0.0.1 or ::1.",
    ),
    **{
        f"public address {value}": (
            {"KG_PUBLIC_URL": value},
            f"KG_PUBLIC_URL is {value!r}; it must be an address such as https://example.org/connectivity, "
            "without user, query or fragment.",
        )
        for value in (
            "example.org",
            "ftp://example.org",
            "https://me:pw@example.org",
            "https://example.org/?a=b",
            "https://example.org/#a",
            "https://",
            "https://example.org:port/",
            "https://example.org/<b>",
            "https://[::1/",
        )
    },
}


@pytest.mark.parametrize(("environ", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_bad_value_is_told_with_what_is_allowed(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    assert str(caught.value) == sentence


def test_a_long_bad_value_is_cut() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(default_graph="x" * 5000)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 200


def test_settings_are_frozen_and_checked_when_replaced() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(SettingsError, match="KG_PORT is 70000"):
        replace(settings, port=70000)


def test_the_table_has_a_row_for_each_setting_with_everything_said() -> None:
    rows = Settings.rows()
    assert [row.variable for row in rows] == [f"KG_{item.name.upper()}" for item in fields(Settings)]
    assert [row.default for row in rows] == ["memory:", "", "127.0.0.1", "8000", "union", ""]
    assert all(row.unit and row.description.endswith(".") for row in rows)
