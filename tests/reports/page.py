"""A report as a reader meets it: headings, tables, figures, links."""

import base64
import io
import re
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd

VOID = {"meta", "line", "circle", "img", "path", "use", "br", "link", "rect", "ellipse"}


class Page(HTMLParser):
    """The parts of a page. ``open`` are the elements around what is read now."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.headings, self.tables, self.figures, self.links = [], {}, [], []
        self.identifiers, self.words, self.table_of, self.open = [], {}, "", []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.identifiers += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        if tag == "svg":
            self.figures.append({"role": found.get("role"), "title": "", "desc": ""})
        if found.get("role") == "region":
            self.table_of = found["aria-label"]
            self.tables[self.table_of] = []
        if tag == "tr":
            self.tables[self.table_of].append([])
        if tag in {"td", "th"}:
            self.tables[self.table_of][-1].append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _, attributes):
        self.identifiers += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        around = self.open[-1] if self.open else ""
        if around in {"title", "desc"} and "svg" in self.open:
            self.figures[-1][around] += data
        elif around in {"td", "th"}:
            self.tables[self.table_of][-1][-1] += data
        elif re.fullmatch("h[1-6]", around):
            self.headings[-1][1] += data

    @property
    def text(self):
        """All words but those of figures, styles and scripts, with single blanks."""
        bare = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", self.source, flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))

    def download(self, name, index=0):
        """The table of a file that can be downloaded."""
        (address,) = re.findall(rf'download="{re.escape(name)}" href="([^"]*)"', self.source)
        head, _, body = address.partition(",")
        assert head == "data:text/csv;charset=utf-8;base64"
        return pd.read_csv(io.BytesIO(base64.b64decode(body)), index_col=index)


def check_form(page):
    """What holds for each report: one file, sound markup, words for each figure."""
    assert not page.open
    assert "http" not in re.sub(r'(href|src)="data:[^"]*"', "", page.source)
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert len(set(page.identifiers)) == len(page.identifiers)
    targets = {link[1:] for link in page.links if link.startswith("#")}
    assert targets <= set(page.identifiers)
    for figure in page.figures:
        assert figure["role"] == "img"
        assert figure["title"]
        assert figure["desc"]
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert max(b - a for a, b in pairwise(levels)) <= 1
    sizes = {len(row) for rows in page.tables.values() for row in rows[1:]}
    assert 0 not in sizes
