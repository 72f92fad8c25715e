"""What pages link to is there."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from making import MakeClient
from markup import BROWSER, Page

from kg.settings import Settings
from kg.web.navigation import Navigation

LISTED = [path for path, _ in (*Navigation(Settings()).main, *Navigation(Settings()).foot)]


@pytest.mark.parametrize("path", LISTED)
def test_what_is_listed_is_a_page_that_says_where_one_is(full: TestClient, path: str) -> None:
    answer = full.get(path, headers=BROWSER)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert f'href="{path}" aria-current="page"' in answer.text


def test_releases_are_linked_where_there_are_any() -> None:
    assert "/releases/" not in dict(Navigation(Settings()).foot)
    assert "/releases/" in dict(Navigation(Settings(releases="made")).foot)
    assert Navigation(Settings()).files == "/downloads"
    assert Navigation(Settings(releases="made")).files == "/releases/"


def test_links_stand_under_the_public_address(make_client: MakeClient) -> None:
    found = Page(
        make_client(public_url="https://example.org/kg")
        .get("/about", headers=BROWSER)
        .text.replace('<script type="application/ld+json">', "<i>")
        .replace("</script>", "</i>")
    )
    assert found.links["Questions"] == "/kg/questions" and found.links["What is missing"] == "/kg/gaps"
