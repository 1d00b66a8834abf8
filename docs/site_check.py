"""Finds dead links, requests to other hosts, and missing texts and pages in the built site.

python docs/site_check.py docs/_build/html
"""  # noqa: INP001 - a program

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from api_pages import public_names

Attributes = list[tuple[str, str | None]]

FETCHED = {
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
}
"""What a browser asks for by itself."""

IN_STYLES = re.compile(r"""(?:@import\s+|url\()\s*["']?((?:https?:)?//[^"')\s]+)""")


class Page(HTMLParser):
    """What a page has to be checked for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.without_alt: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Take down an element's name, and what it links to or fetches."""
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if name in found}
        for name in ("href", "src"):
            if name in found:
                (self.fetched if (tag, name) in FETCHED else self.links).append(found[name])
        if tag == "img" and "alt" not in found:
            self.without_alt.append(found.get("src", ""))


read = cache(Page)


def problems(site: Path) -> Iterator[str]:
    """What is wrong with a site, a line for each."""
    for path in sorted(site.rglob("*.html")):
        where = path.relative_to(site)
        if where.parts[0] != "_static":  # which has templates of the theme
            yield from (f"{where}: {problem}" for problem in problems_of_page(path))
    for path in sorted(site.rglob("*.css")):
        for address in IN_STYLES.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site)}: asks another host for {address}"
    yield from without_page(site, public_names().values())


def problems_of_page(path: Path) -> Iterator[str]:
    """What is wrong with a page."""
    page = read(path)
    for link in [*page.links, *page.fetched]:
        if is_dead(link, path):
            yield f"the link {link!r} leads nowhere"
    for address in filter(is_elsewhere, page.fetched):
        yield f"asks another host for {address}"
    for image in page.without_alt:
        yield f"the image {image} has no text (alt)"


def is_elsewhere(address: str) -> bool:
    """Whether an address is on another host."""
    return bool(urlsplit(address).netloc)


def is_dead(link: str, path: Path) -> bool:
    """Whether a link within the site leads to no file, or to no place in it."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = path.parent / unquote(parts.path) if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return True
    if not parts.fragment or target.suffix != ".html":
        return False
    return unquote(parts.fragment) not in read(target.resolve()).ids


def without_page(site: Path, names: Iterable[str]) -> Iterator[str]:
    """The public names that have no page of their own."""
    for name in sorted(names):
        if not (site / "reference" / f"{name}.html").exists():
            yield f"{name} has no page; list it in docs/api.md"


def main(folder: str) -> int:
    """Print the problems, and say by the exit status whether there are any."""
    found = list(problems(Path(folder).resolve()))
    print(*found, sep="\n", end="\n" if found else "")  # noqa: T201 - a program
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
