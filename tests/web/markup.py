"""What a page says, as a browser without scripts reads it; it fails on what no page may have."""

from html.parser import HTMLParser

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Page(HTMLParser):
    """The elements of a page, its links, and its text; fails on what must not be there."""

    VOID = ("meta", "link", "br", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self.titles: list[str] = []
        self.feed(text)
        assert self.open == [], "elements left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        values = dict(attrs)
        source = values.get("src") or ""
        assert tag != "script" or (values.get("type") == "module" and "/static/ui/" in source)
        assert not [name for name in values if name.startswith("on") or name == "style"]
        self.href = values.get("href") if tag == "a" else None

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.open and self.open[-1] == "a" and self.href:
            self.links[data.strip()] = self.href

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
