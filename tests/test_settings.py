"""Settings from the environment: defaults, what is taken, and what is said of a bad value."""

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from kg.errors import SettingsError
from kg.settings import Settings, unknown
from kg.store import Access, Capacity

DEFAULTS: dict[str, Any] = {
    "store": "memory:",
    "store_update": None,
    "store_graphs": None,
    "store_user": None,
    "store_password": None,
    "store_token": None,
    "content": None,
    "releases": None,
    "service_allow": None,
    "host": "127.0.0.1",
    "port": 8000,
    "default_graph": "union",
    "public_url": None,
    "trusted_proxies": None,
    "source_text": None,
    "ui": "auto",
    "token": None,
    "workers": 4,
    "query_timeout": 30.0,
    "query_memory": 512_000_000,
    "result_limit": 1_000_000_000,
    "query_length": 1_000_000,
    "head_limit": 65_536,
    "body_limit": 32_000_000,
    "client_budget": 0,
    "grace": 5.0,
    "log": "text",
    "log_level": "info",
    "metrics": "127.0.0.0/8, ::1",
}


def made(**given: Any) -> Settings:
    """Settings of which some are given, whatever their types."""
    return Settings(**given)


def test_defaults() -> None:
    settings = Settings.from_env({})
    assert {item.name: getattr(settings, item.name) for item in fields(Settings)} == DEFAULTS
    assert settings == Settings()


def test_every_setting_is_read_from_its_variable() -> None:
    settings = Settings.from_env(
        {
            "KG_STORE": "dir:/srv/store",
            "KG_STORE_UPDATE": "https://example.org/update",
            "KG_STORE_GRAPHS": "https://example.org/sparql/gsp/",
            "KG_STORE_USER": "me",
            "KG_STORE_PASSWORD": "geheim : sécret",
            "KG_CONTENT": "none",
            "KG_RELEASES": "/srv/releases",
            "KG_HOST": "::1",
            "KG_PORT": "0",
            "KG_DEFAULT_GRAPH": "plain",
            "KG_PUBLIC_URL": "https://example.org/connectivity/",
            "KG_TRUSTED_PROXIES": "10.0.0.1, ::1",
            "KG_SOURCE_TEXT": "/srv/texts",
            "KG_UI": "skip",
            "KG_TOKEN": "open-sesame",
            "KG_WORKERS": "8",
            "KG_QUERY_TIMEOUT": "2.5",
            "KG_QUERY_MEMORY": "64MB",
            "KG_RESULT_LIMIT": "2 GiB",
            "KG_QUERY_LENGTH": "100k",
            "KG_HEAD_LIMIT": "16KiB",
            "KG_BODY_LIMIT": "5000",
            "KG_CLIENT_BUDGET": "120",
            "KG_GRACE": "0.5",
            "KG_LOG": "json",
            "KG_LOG_LEVEL": "warning",
            "KG_METRICS": "10.0.0.0/8",
            "PORT": "99",
            "KG_NONE_SUCH": "x",
        }
    )
    assert settings == Settings(
        store="dir:/srv/store",
        store_update="https://example.org/update",
        store_graphs="https://example.org/sparql/gsp/",
        store_user="me",
        store_password="geheim : sécret",
        content="none",
        releases="/srv/releases",
        host="::1",
        port=0,
        default_graph="plain",
        public_url="https://example.org/connectivity",
        trusted_proxies="10.0.0.1, ::1",
        source_text="/srv/texts",
        ui="skip",
        token="open-sesame",
        workers=8,
        query_timeout=2.5,
        query_memory=64_000_000,
        result_limit=2 * 1024**3,
        query_length=100_000,
        head_limit=16_384,
        body_limit=5_000,
        client_budget=120,
        grace=0.5,
        log="json",
        log_level="warning",
        metrics="10.0.0.0/8",
    )


def test_blank_counts_as_not_set() -> None:
    blank = {f"KG_{item.name.upper()}": "  " for item in fields(Settings)}
    assert Settings.from_env(blank) == Settings.from_env(dict.fromkeys(blank, "")) == Settings()


def test_spaces_around_a_value_do_not_count() -> None:
    assert Settings.from_env(
        {"KG_WORKERS": " 2\n", "KG_TOKEN": " t ", "KG_QUERY_TIMEOUT": "\t7 "}
    ) == Settings(workers=2, token="t", query_timeout=7.0)


BYTES = {
    "100000": 100_000,
    "100000B": 100_000,
    "64k": 64_000,
    "64K": 64_000,
    "64kB": 64_000,
    "64 KB": 64_000,
    "64kib": 65_536,
    "64Ki": 65_536,
    "1M": 1_000_000,
    "1MB": 1_000_000,
    "1MiB": 1_048_576,
    "1.5MB": 1_500_000,
    "0.5 GiB": 536_870_912,
    "1G": 1_000_000_000,
    "0.000001GB": 1_000,
}


@pytest.mark.parametrize(("text", "value"), BYTES.items())
def test_numbers_of_bytes(text: str, value: int) -> None:
    assert Settings.from_env({"KG_RESULT_LIMIT": text}).result_limit == value


SECONDS = {"1": 1.0, "0.05": 0.05, "30.0": 30.0, "86400": 86_400.0, "007": 7.0}


@pytest.mark.parametrize(("text", "value"), SECONDS.items())
def test_numbers_of_seconds(text: str, value: float) -> None:
    assert Settings.from_env({"KG_QUERY_TIMEOUT": text}).query_timeout == value


NO_BYTES = "must be a number of bytes, as 64000000, 64MB or 64MiB."
NO_SECONDS = "must be a number of seconds, as 30 or 0.5."

BAD = {
    "log, another form": ({"KG_LOG": "xml"}, "KG_LOG is 'xml'; it must be text or json."),
    "log level, capitals": (
        {"KG_LOG_LEVEL": "INFO"},
        "KG_LOG_LEVEL is 'INFO'; it must be debug, info, warning or error.",
    ),
    "metrics, a host name": (
        {"KG_METRICS": "localhost"},
        "KG_METRICS is 'localhost'; it must be addresses or networks with commas between, as 10.0.0.1, "
        "192.168.0.0/24.",
    ),
    "grace, for ever": ({"KG_GRACE": "3601"}, "KG_GRACE is 3601.0; it must be from 0 to 3,600 seconds."),
    "several at once": (
        {"KG_PORT": "eighty", "KG_WORKERS": "0", "KG_LOG": "text"},
        "KG_PORT is 'eighty'; it must be a whole number from 0 to 65535. "
        "KG_WORKERS is 0; it must be from 1 to 64.",
    ),
    "port, a word": (
        {"KG_PORT": "eighty"},
        "KG_PORT is 'eighty'; it must be a whole number from 0 to 65535.",
    ),
    "port, too high": ({"KG_PORT": "65536"}, "KG_PORT is 65536; it must be a whole number from 0 to 65535."),
    "port, negative": ({"KG_PORT": "-1"}, "KG_PORT is '-1'; it must be a whole number from 0 to 65535."),
    "port, other digits": ({"KG_PORT": "٨٠"}, "KG_PORT is '٨٠'; it must be a whole number from 0 to 65535."),
    "port, with a unit": ({"KG_PORT": "8k"}, "KG_PORT is '8k'; it must be a whole number from 0 to 65535."),
    "default graph": (
        {"KG_DEFAULT_GRAPH": "merge"},
        "KG_DEFAULT_GRAPH is 'merge'; it must be union or plain.",
    ),
    "host with a path": (
        {"KG_HOST": "localhost/x"},
        "KG_HOST is 'localhost/x'; it must be a host name or an IP address, as 127.0.0.1 or ::1.",
    ),
    "workers, none": ({"KG_WORKERS": "0"}, "KG_WORKERS is 0; it must be from 1 to 64."),
    "workers, too many": ({"KG_WORKERS": "65"}, "KG_WORKERS is 65; it must be from 1 to 64."),
    "workers, half of one": (
        {"KG_WORKERS": "1.5"},
        "KG_WORKERS is '1.5'; it must be a whole number of at most nine digits.",
    ),
    "workers, many digits": (
        {"KG_WORKERS": "1" * 12},
        f"KG_WORKERS is '{'1' * 12}'; it must be a whole number of at most nine digits.",
    ),
    "budget, negative": (
        {"KG_CLIENT_BUDGET": "-5"},
        "KG_CLIENT_BUDGET is '-5'; it must be a whole number of at most nine digits.",
    ),
    "timeout, none": (
        {"KG_QUERY_TIMEOUT": "0"},
        "KG_QUERY_TIMEOUT is 0.0; it must be from 0.05 to 86,400 seconds.",
    ),
    "timeout, more than a day": (
        {"KG_QUERY_TIMEOUT": "86401"},
        "KG_QUERY_TIMEOUT is 86401.0; it must be from 0.05 to 86,400 seconds.",
    ),
    **{
        f"timeout, {value}": (
            {"KG_QUERY_TIMEOUT": value},
            f"KG_QUERY_TIMEOUT is {value!r}; it {NO_SECONDS}",
        )
        for value in ("-1", "nan", "inf", "30s", "1e3", ".5", "5.", "1,5", "٣")
    },
    **{
        f"bytes, {value}": ({"KG_BODY_LIMIT": value}, f"KG_BODY_LIMIT is {value!r}; it {NO_BYTES}")
        for value in (
            "-1",
            "1.5",
            "MB",
            "64 T",
            "64TB",
            "0x40",
            "1e6",
            "64 M B",
            "٦٤",
            "1_000",
            "64kk",
            "1,000",
        )
    },
    "bytes, too few": (
        {"KG_QUERY_MEMORY": "1MB"},
        "KG_QUERY_MEMORY is 1000000; it must be from 64,000,000 to 1,000,000,000,000,000 bytes.",
    ),
    "bytes, none": (
        {"KG_RESULT_LIMIT": "0"},
        "KG_RESULT_LIMIT is 0; it must be from 1,000 to 1,000,000,000,000,000 bytes.",
    ),
    "head, too long": (
        {"KG_HEAD_LIMIT": "1GB"},
        "KG_HEAD_LIMIT is 1000000000; it must be from 1,000 to 10,000,000 bytes.",
    ),
    "query, too short": (
        {"KG_QUERY_LENGTH": "99"},
        "KG_QUERY_LENGTH is 99; it must be from 100 to 1,000,000,000 bytes.",
    ),
    "body, more than can be": (
        {"KG_BODY_LIMIT": "999999GB"},
        "KG_BODY_LIMIT is 999999000000000; it must be from 100 to 1,000,000,000,000 bytes.",
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


def test_a_store_without_an_address_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^KG_STORE is ' '; it must be the address of a store"):
        Settings(store=" ")


RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "workers": (1, 64),
    "query_timeout": (0.05, 86_400.0),
    "query_memory": (64_000_000, 10**15),
    "result_limit": (1_000, 10**15),
    "query_length": (100, 10**9),
    "head_limit": (1_000, 10**7),
    "body_limit": (100, 10**12),
    "client_budget": (0, 10**9),
    "grace": (0, 3600.0),
}


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_the_ends_of_a_range_are_allowed_and_nothing_beyond(name: str, ends: tuple[float, float]) -> None:
    for value in (*ends, DEFAULTS[name]):
        assert getattr(made(**{name: value}), name) == value
    for value in (ends[0] - 1, ends[1] + 1, float("nan")):
        with pytest.raises(SettingsError, match=rf"^KG_{name.upper()} is {value!r}; it must be "):
            made(**{name: value})


def test_every_number_has_a_range() -> None:
    numbers = {item.name for item in fields(Settings) if isinstance(item.default, int | float)}
    assert numbers == set(RANGES)


def test_a_slip_in_a_name_is_noticed() -> None:
    told = unknown({"KG_QUERY_TIMOUT": "3", "KG_PORT": "1", "PORT": "2", "KG_X\x1b[1m": "", "KG_": "x"})
    assert told == [
        "KG_ is no setting of this version; it does nothing",
        "KG_QUERY_TIMOUT is no setting of this version; perhaps KG_QUERY_TIMEOUT is meant",
        r"KG_X\x1b[1m is no setting of this version; it does nothing",
    ]


def test_a_long_bad_value_is_cut() -> None:
    for given in ({"default_graph": "x" * 5000}, {"host": "/" * 5000}, {"public_url": "x" * 5000}):
        with pytest.raises(SettingsError) as caught:
            made(**given)
        assert len(str(caught.value)) < 250


# ---- the token

BAD_TOKENS = {
    "a space": "two words",
    "a line end": "secret\nX-Header: y",
    "beyond ASCII": "gehe\u00efm-secret",
    "NUL": "secret\x00",
    "too long": "secret" * 1000,
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_bad_token_is_refused_and_never_shown(token: str) -> None:
    for from_env in (True, False):
        with pytest.raises(SettingsError) as caught:
            Settings.from_env({"KG_TOKEN": token}) if from_env else Settings(token=token)
        assert str(caught.value) == "KG_TOKEN must consist of visible ASCII characters, without a space."
        assert caught.value.__cause__ is None


def test_an_empty_token_is_none_in_the_environment_and_refused_otherwise() -> None:
    assert Settings.from_env({"KG_TOKEN": ""}).token is None
    with pytest.raises(SettingsError, match=r"^KG_TOKEN must consist of"):
        Settings(token="")


def test_a_token_is_kept_and_never_shown() -> None:
    settings = Settings(token="open-sesame!~")
    assert settings.token == "open-sesame!~"
    assert "sesame" not in repr(settings) + str(settings) + f"{settings}"
    assert "token" not in repr(settings)
    assert settings != Settings(token="another")
    with pytest.raises(SettingsError) as caught:
        replace(settings, port=70_000)
    assert "sesame" not in str(caught.value)
    assert all("sesame" not in str(row) for row in Settings.rows())


# ---- a store that is another server

PLAIN = "must be an address such as https://example.org/connectivity, without user, query or fragment."
BAD_ADDRESSES = [
    "https://",
    "https:example.org",
    "http://h/?a=b",
    "https://h/#a",
    "http://h:port/",
    "https://[::1/",
    "http://h/ x",
]


@pytest.mark.parametrize("name", ["KG_STORE", "KG_STORE_UPDATE", "KG_STORE_GRAPHS"])
@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_of_a_store_is_a_plain_web_address(name: str, address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: address})
    assert str(caught.value) == f"{name} is {address!r}; it {PLAIN}"


@pytest.mark.parametrize("name", ["KG_STORE", "KG_STORE_UPDATE", "KG_STORE_GRAPHS"])
@pytest.mark.parametrize("user", ["me:s3cret", ":s3cret", "s3cret", "me:s3cret@x", "me:s3[cret"])
def test_a_user_in_an_address_is_refused_and_never_shown(name: str, user: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^{name} has a user in its address\. Set KG_STORE_USER"
    ) as caught:
        Settings.from_env({name: f"https://{user}@example.org/sparql"})
    assert "s3" not in str(caught.value) and caught.value.__cause__ is None


LOGINS: dict[str, tuple[dict[str, str], str]] = {
    "a user alone": ({"KG_STORE_USER": "s3cret"}, "go together"),
    "a password alone": ({"KG_STORE_PASSWORD": "s3cret"}, "go together"),
    "both ways": (
        {"KG_STORE_USER": "me", "KG_STORE_PASSWORD": "s3cret", "KG_STORE_TOKEN": "s3cret"},
        "the store is sent only one",
    ),
    "a colon": ({"KG_STORE_USER": "m:e", "KG_STORE_PASSWORD": "s3cret"}, "no colon"),
    "a line end": ({"KG_STORE_USER": "me", "KG_STORE_PASSWORD": "s3cret\r\nX: y"}, "control characters"),
    "a token with a space": ({"KG_STORE_TOKEN": "s3 cret"}, "visible ASCII characters"),
}


@pytest.mark.parametrize(("environ", "sentence"), LOGINS.values(), ids=LOGINS.keys())
def test_bad_credentials_are_refused_and_never_shown(environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        Settings.from_env(environ)
    assert "s3" not in str(caught.value) and caught.value.__cause__ is None


def test_credentials_of_a_store_are_kept_and_never_shown() -> None:
    settings = Settings(store_user="me", store_password="s3cret")
    access = Access.of(settings)
    assert (access.user, access.password) == ("me", "s3cret")
    assert "s3cret" not in f"{settings!r} {settings} {access!r} {access}"
    token = Settings(store_token="s3cret")
    assert "s3cret" not in f"{token!r} {Access.of(token)!r}"


# ---- the whole


def test_settings_are_frozen_and_checked_when_replaced() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(SettingsError, match="KG_PORT is 70000"):
        replace(settings, port=70000)


def test_the_table_has_a_row_for_each_setting_with_everything_said() -> None:
    rows = Settings.rows()
    assert [row.variable for row in rows] == [f"KG_{item.name.upper()}" for item in fields(Settings)]
    assert [row.default for row in rows] == [
        "memory:",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "127.0.0.1",
        "8000",
        "union",
        "",
        "",
        "",
        "auto",
        "",
        "",
        "4",
        "30",
        "512000000",
        "1000000000",
        "1000000",
        "65536",
        "32000000",
        "0",
        "5",
        "text",
        "info",
        "127.0.0.0/8, ::1",
    ]
    assert all(row.unit and row.description.endswith(".") for row in rows)


def test_every_default_that_is_shown_is_read_again() -> None:
    assert Settings.from_env({row.variable: row.default for row in Settings.rows()}) == Settings()


def test_the_limits_of_a_store_are_those_of_the_settings() -> None:
    settings = Settings(workers=2, query_timeout=1.5, query_memory=270_000_000, result_limit=5_000)
    assert Capacity.of(settings) == Capacity(workers=2, seconds=1.5, memory=270_000_000, result=5_000)
    assert Capacity.of(Settings()) == Capacity()


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.1,", "999.1.1.1"])
def test_trusted_proxies_are_addresses(text: str) -> None:
    with pytest.raises(SettingsError, match="KG_TRUSTED_PROXIES is"):
        Settings(trusted_proxies=text)


def test_the_list_of_origins_is_read_at_start() -> None:
    assert Settings(service_allow="https://a.example, http://127.0.0.1:*").service_allow
    for value in ("*", "a.example", "https://a.example/sparql", "http://2130706433"):
        with pytest.raises(SettingsError, match=r"KG_SERVICE_ALLOW cannot be used: '.*' is no origin"):
            Settings(service_allow=value)
