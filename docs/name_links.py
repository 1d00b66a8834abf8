"""Links names, where a page writes them as code, to the reference, here or of another package."""  # noqa: INP001 - Sphinx imports it

from api_pages import methods, public_names, target
from docutils import nodes
from other_sites import names as names_elsewhere
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

FILES = {"jobs", "hpc"}
"""Pages about files and commands, where a word such as ``sensitivity`` is a key of the file."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class LinkNames(SphinxTransform):
    """Turns the first mention of a name in a section into a link."""

    default_priority = 500

    def apply(self) -> None:
        """Link the names of a page, but not the one that it is about."""
        page = self.env.docname
        elsewhere = names_elsewhere()
        names = methods() | public_names()
        about = page.removeprefix("reference/")
        names = {name: full for name, full in names.items() if full != about}
        if page in FILES:
            names = {name: full for name, full in names.items() if name != name.lower()}
        linked: set[tuple[int, str]] = set()
        for literal in list(self.document.findall(nodes.literal)):
            text = literal.astext()
            full = target(text, names) or elsewhere.get(text.partition("(")[0])
            at = (id(section_of(literal)), str(full))
            if full and at not in linked and not is_linked(literal):
                linked.add(at)
                link(literal, full)


def section_of(node: nodes.Node) -> nodes.Node | None:
    """The section that a node is in."""
    while node.parent is not None and not isinstance(node, nodes.section):
        node = node.parent
    return node


def is_linked(node: nodes.Node) -> bool:
    """Whether a node is in a link or a heading already."""
    parents = nodes.title, nodes.reference, nodes.target, addnodes.pending_xref
    while node.parent is not None:
        node = node.parent
        if isinstance(node, parents):
            return True
    return False


def link(literal: nodes.literal, full: str) -> None:
    """Put a reference around a piece of code."""
    reference = addnodes.pending_xref(
        "", refdomain="py", reftype="obj", reftarget=full, refexplicit=True, refwarn=True
    )
    literal.replace_self(reference)
    reference += literal
