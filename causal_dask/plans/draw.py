"""Graphs as text, as Graphviz dot and as SVG. Reads labels; knows nothing of what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from causal_dask.graph.label import Label
from causal_dask.graph.node import Data, Node, Source, sources
from causal_dask.graph.note import Kind

Nodes = Mapping[str, Source]


Labels = Mapping[str, Label]
Kinds = Mapping[str, Kind]
NO_KINDS: Kinds = {}


LINE, PADDING, COLUMN_GAP, ROW_GAP, MARGIN, CHARACTER = 15, 8, 44, 12, 16, 6.4
"""Sizes in pixels; CHARACTER is the mean width of a letter, since no font can be measured here."""


FILLS = {Kind.FIT: "#cfe3f7", Kind.PREDICTION: "#e4f1dc", Kind.OTHER: "#fbeecb"}

SCOPE = "causal-dask-plan"
"""The class of the picture: inside a page, its styles must not reach other pictures."""

RULES = {
    "text": "font:11px system-ui,sans-serif;fill:#222",
    "rect": "stroke:#667;stroke-width:.8",
    "path": "fill:none;stroke:#99a;stroke-width:1",
    ".title": "font-size:14px;font-weight:bold",
    ".call": "font-weight:bold",
    ".data": "fill:#667",
}

STYLE = "".join(f".{SCOPE} {what}{{{rule}}}" for what, rule in RULES.items())


def as_text(nodes: Nodes, labels: Labels) -> str:
    """One line per node, reads before readers: number, call, label, numbers of what it reads."""
    numbers = {key: number for number, key in enumerate(nodes)}
    return "".join(
        f"{numbers[key]:>4} {_call(source):<18} {labels.get(key, '')}{_reads(source, numbers)}\n"
        for key, source in nodes.items()
    )


def as_dot(nodes: Nodes, labels: Labels) -> str:
    """The graph in Graphviz's language, nodes grouped into boxes."""
    boxes = boxes_of(nodes, labels, {})
    lines = [f"  {box.number} [label={_quote(box.lines)}];" for box in boxes]
    lines += [f"  {read} -> {box.number};" for box in boxes for read in box.reads]
    return "\n".join(["digraph plan {", "  rankdir=LR; node [shape=box];", *lines, "}", ""])


def as_svg(nodes: Nodes, labels: Labels, kinds: Kinds = NO_KINDS) -> str:
    """The graph as a picture of boxes: a column per depth, reads to the left of readers."""
    title, boxes = _take_title(boxes_of(nodes, labels, kinds))
    sheet = _lay_out(boxes)
    arrows = [_arrow(sheet, read, box.number) for box in boxes for read in box.reads]
    drawn = [_draw(box, sheet) for box in boxes]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{SCOPE}" '
        f'viewBox="0 0 {sheet.width} {sheet.height}" '
        f'width="{sheet.width}" height="{sheet.height}"><style>{STYLE}</style>'
        f'<rect width="{sheet.width}" height="{sheet.height}" style="fill:#fff;stroke:none"/>'
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 8}">{escape(title)}</text>'
    )
    return "\n".join([head, *arrows, *drawn, "</svg>", ""])


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """A plan as a picture that notebooks show.

    Attributes
    ----------
    svg : str
        The picture in the language of SVG files.
    """

    svg: str

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.svg):,} characters of SVG, which notebooks show>"

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True, slots=True)
class Box:
    """The nodes that call one function and share a label's group; ``data`` names what they read."""

    number: int
    call: str
    kind: Kind
    group: tuple[str, ...]
    size: int
    depth: int
    reads: tuple[int, ...]
    data: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of text in the box."""
        times = f" × {self.size}" if self.size > 1 else ""
        data = (f"from {', '.join(self.data)}",) if self.data else ()
        return (self.call + times, *self.group, *data)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where boxes are: their size and upper corners, by number, on a sheet of some size."""

    box_width: int
    box_height: int
    corners: tuple[tuple[int, int], ...]

    @property
    def width(self) -> int:
        """Up to the last column."""
        return max((x for x, _ in self.corners), default=0) + self.box_width + MARGIN

    @property
    def height(self) -> int:
        """Down to the last row."""
        return max((y for _, y in self.corners), default=0) + self.box_height + MARGIN


def boxes_of(nodes: Nodes, labels: Labels, kinds: Kinds) -> list[Box]:
    """A box for all calls of the same function, group and depth, so that folds share one."""
    depths = _depths(nodes)
    calls = {key: source for key, source in nodes.items() if isinstance(source, Node)}
    identities = {k: (_call(s), _group(k, labels), depths[k]) for k, s in calls.items()}
    sizes = Counter(identities.values())
    found = {_call(source): kinds.get(key, Kind.OTHER) for key, source in calls.items()}
    numbers = {identity: number for number, identity in enumerate(sizes)}
    reads: dict[int, set[int]] = {number: set() for number in numbers.values()}
    data: dict[int, set[str]] = {number: set() for number in numbers.values()}
    for key, source in calls.items():
        number = numbers[identities[key]]
        reads[number] |= {numbers[identities[r.key]] for r in sources(source) if r.key in calls}
        data[number] |= {_call(read) for read in sources(source) if isinstance(read, Data)}
    return [
        Box(n, call, found[call], group, sizes[(call, group, depth)], depth,
            tuple(sorted(reads[n])), tuple(sorted(data[n])))
        for (call, group, depth), n in numbers.items()
    ]  # fmt: skip


def _depths(nodes: Nodes) -> dict[str, int]:
    """How many calls lie between a node and the data, at most; data is at -1."""
    depths: dict[str, int] = {}
    for key, source in nodes.items():
        depths[key] = max(
            (depths[r.key] + 1 for r in sources(source) if r.key in depths), default=-1
        )
    return depths


def _take_title(boxes: list[Box]) -> tuple[str, list[Box]]:
    """The first line that most boxes share, as a title, and the boxes without it."""
    firsts = Counter(box.group[0] for box in boxes if len(box.group) > 1)
    title = firsts.most_common(1)[0][0] if firsts else ""
    kept = [replace(b, group=b.group[1:]) if b.group[:1] == (title,) else b for b in boxes]
    return title, kept


def _lay_out(boxes: list[Box]) -> Sheet:
    """Columns by depth, centred; a box is as high in its column as what it reads is in theirs."""
    longest = max((len(line) for box in boxes for line in box.lines), default=0)
    most = max((len(box.lines) for box in boxes), default=0)
    width, height = int(CHARACTER * longest) + 2 * PADDING, LINE * most + PADDING
    columns: dict[int, list[Box]] = {}
    for box in boxes:
        columns.setdefault(box.depth, []).append(box)
    tallest = max(map(len, columns.values()), default=0)
    row = height + ROW_GAP
    corners: dict[int, tuple[int, int]] = {}
    for depth in sorted(columns):
        top = 2 * MARGIN + (tallest - len(columns[depth])) * row // 2
        for index, box in enumerate(sorted(columns[depth], key=lambda box: _pull(box, corners))):
            corners[box.number] = (
                MARGIN + depth * (width + COLUMN_GAP),
                top + index * row,
            )
    return Sheet(width, height, tuple(corners[box.number] for box in boxes))


def _pull(box: Box, corners: Mapping[int, tuple[int, int]]) -> float:
    """The mean height of what a box reads."""
    return sum(corners[read][1] for read in box.reads) / max(len(box.reads), 1)


def _draw(box: Box, sheet: Sheet) -> str:
    x, y = sheet.corners[box.number]
    size = f'width="{sheet.box_width}" height="{sheet.box_height}" rx="5"'
    fill = FILLS[box.kind]
    classes = ["call", *[""] * len(box.group), *["data"] * bool(box.data)]
    texts = (
        f'<text class="{name}" x="{x + PADDING}" y="{y + LINE * (index + 1)}">{escape(line)}</text>'
        for index, (name, line) in enumerate(zip(classes, box.lines, strict=True))
    )
    return f'<rect x="{x}" y="{y}" {size} fill="{fill}"/>{"".join(texts)}'


def _arrow(sheet: Sheet, read: int, reader: int) -> str:
    """A curve from the right of one box to the left of another."""
    (x1, y1), (x2, y2) = sheet.corners[read], sheet.corners[reader]
    x1, y1, y2 = (
        x1 + sheet.box_width,
        y1 + sheet.box_height // 2,
        y2 + sheet.box_height // 2,
    )
    bend = COLUMN_GAP // 2
    return f'<path d="M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"/>'


def _call(source: Source) -> str:
    """The function that is called, or the name of the data."""
    return source.key.rpartition("-")[0] if isinstance(source, Data) else source.name


def _group(key: str, labels: Labels) -> tuple[str, ...]:
    """The lines of a label's group."""
    label = labels.get(key)
    return tuple(label.group.split(", ")) if label else ()


def _reads(source: Source, numbers: Mapping[str, int]) -> str:
    read = [str(numbers[read.key]) for read in sources(source) if read.key in numbers]
    return f" <- {' '.join(read)}" if read else ""


def _quote(lines: Iterable[str]) -> str:
    return '"' + "\\n".join(line.replace('"', "'") for line in lines) + '"'
