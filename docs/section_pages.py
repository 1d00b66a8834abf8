"""The directive ``pages``: a card for each page of a section, and its table of contents."""  # noqa: INP001 - Sphinx imports it

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CARD = """
:::{{grid-item-card}} {title}
:link: {page}
:link-type: doc
{sentence}
:::
"""

SECTION = """
::::{{grid}} 1 2 2 3
:gutter: 3
{cards}
::::

```{{toctree}}
:hidden:
:maxdepth: 1

{names}
```
"""


class Pages(SphinxDirective):
    """Lines of ``page: what it says``; pages that are not there are left out."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The cards and the table of contents."""
        found = dict(listed("\n".join(self.content)))
        found = {page: said for page, said in found.items() if page in self.env.found_docs}
        cards = [
            CARD.format(title=self._title(page), page=page, sentence=sentence)
            for page, sentence in found.items()
        ]
        return self.parse_text_to_nodes(
            SECTION.format(cards="".join(cards), names="\n".join(found)),
            allow_section_headings=False,
        )

    def _title(self, page: str) -> str:
        text = Path(self.env.doc2path(page)).read_text(encoding="utf-8")
        return title_of(text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("pages", Pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def listed(content: str) -> Iterator[tuple[str, str]]:
    """The pages of a directive's lines, each with its sentence."""
    for line in filter(str.strip, content.splitlines()):
        page, _, sentence = line.partition(": ")
        yield page.strip(), sentence.strip()


def title_of(text: str) -> str:
    """The first heading of a page in Markdown, or in reST where it is the first line."""
    lines = text.splitlines()
    heading = next((line for line in lines if line.startswith("# ")), None)
    return heading.removeprefix("# ") if heading else next(filter(str.strip, lines))
