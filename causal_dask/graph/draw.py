"""Graphs as text, as Graphviz dot and as SVG. Reads labels; knows nothing of what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from causal_dask.graph.label import Label
from causal_dask.graph.node import Data, Source, sources

Nodes = Mapping[str, Source]
Labels = Mapping[str, Label]

BOX_HEIGHT, COLUMN_GAP, ROW_GAP, MARGIN, CHARACTER = 38, 70, 14, 16, 7

FILLS = {"fit": "#cfe3f7", "predict": "#e4f1dc"}
DATA_FILL, OTHER_FILL = "#f3f3f3", "#fbeecb"

STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}"
    "rect{stroke:#667;stroke-width:.8}"
    "path{fill:none;stroke:#99a;stroke-width:1}"
)


def as_text(nodes: Nodes, labels: Labels) -> str:
    """One line per node, reads before readers: number, call, label, numbers of what it reads."""
    numbers = {key: number for number, key in enumerate(nodes)}
    return "".join(
        f"{numbers[key]:>4} {_call(source):<18} {labels.get(key, '')}{_reads(source, numbers)}\n"
        for key, source in nodes.items()
    )


def as_dot(nodes: Nodes, labels: Labels) -> str:
    """The grouped graph in Graphviz's language."""
    boxes = grouped(nodes, labels)
    lines = [f"  {box.number} [label={_quoted(box.title)}];" for box in boxes]
    lines += [f"  {read} -> {box.number};" for box in boxes for read in box.reads]
    return "\n".join(["digraph plan {", "  rankdir=LR; node [shape=box];", *lines, "}", ""])


def as_svg(nodes: Nodes, labels: Labels) -> str:
    """The grouped graph as a picture: a column per depth, reads to the left of readers."""
    boxes = grouped(nodes, labels)
    box_width = CHARACTER * max((box.width for box in boxes), default=0) + MARGIN
    places = _places(boxes, box_width)
    width = MARGIN + max((x for x, _ in places), default=0) + box_width
    height = MARGIN + max((y for _, y in places), default=0) + BOX_HEIGHT
    lines = ((places[r], places[box.number]) for box in boxes for r in box.reads)
    arrows = [_arrow((start[0] + box_width, start[1]), end) for start, end in lines]
    drawn = [_drawn(box, places[box.number], box_width) for box in boxes]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><style>{STYLE}</style>'
        f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none"/>'
    )
    return "\n".join([head, *arrows, *drawn, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class Box:
    """The nodes of one call and one label's group."""

    number: int
    call: str
    group: str
    size: int
    depth: int
    reads: tuple[int, ...]

    @property
    def title(self) -> str:
        """What is written into it."""
        times = f" × {self.size}" if self.size > 1 else ""
        return f"{self.call}{times}\n{self.group}"

    @property
    def width(self) -> int:
        """Characters of the longer line."""
        return max(map(len, self.title.split("\n")))


def grouped(nodes: Nodes, labels: Labels) -> list[Box]:
    """A box for all nodes of the same call, group and depth, so that folds share one."""
    depths = _depths(nodes)
    identities = {key: (_call(s), _group(key, labels), depths[key]) for key, s in nodes.items()}
    sizes = Counter(identities.values())
    numbers = {identity: number for number, identity in enumerate(sizes)}
    reads: dict[int, set[int]] = {number: set() for number in numbers.values()}
    for key, source in nodes.items():
        known = (identities[read.key] for read in sources(source) if read.key in nodes)
        reads[numbers[identities[key]]] |= {numbers[identity] for identity in known}
    return [
        Box(number, call, group, sizes[(call, group, depth)], depth, tuple(sorted(reads[number])))
        for (call, group, depth), number in numbers.items()
    ]


def _depths(nodes: Nodes) -> dict[str, int]:
    depths: dict[str, int] = {}
    for key, source in nodes.items():
        depths[key] = max(
            (depths[r.key] + 1 for r in sources(source) if r.key in depths), default=0
        )
    return depths


def _places(boxes: list[Box], box_width: int) -> list[tuple[int, int]]:
    """The corner of each box: columns by depth, rows in order of appearance."""
    filled: Counter[int] = Counter()
    places = []
    for box in boxes:
        x = MARGIN + box.depth * (box_width + COLUMN_GAP)
        places.append((x, MARGIN + filled[box.depth] * (BOX_HEIGHT + ROW_GAP)))
        filled[box.depth] += 1
    return places


def _drawn(box: Box, place: tuple[int, int], box_width: int) -> str:
    x, y = place
    fill = FILLS.get(box.call, OTHER_FILL if box.depth else DATA_FILL)
    first, second = (escape(line) for line in box.title.split("\n"))
    return (
        f'<rect x="{x}" y="{y}" width="{box_width}" height="{BOX_HEIGHT}" rx="5" fill="{fill}"/>'
        f'<text x="{x + 8}" y="{y + 15}" font-weight="bold">{first}</text>'
        f'<text x="{x + 8}" y="{y + 31}">{second}</text>'
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """A curve from the right of one box, given by its upper corner, to the left of another."""
    (x1, y1), (x2, y2) = start, end
    y1, y2 = y1 + BOX_HEIGHT // 2, y2 + BOX_HEIGHT // 2
    return f'<path d="M{x1},{y1} C{x1 + 30},{y1} {x2 - 30},{y2} {x2},{y2}"/>'


def _call(source: Source) -> str:
    """The function that is called, or the name of the data."""
    return source.key.rpartition("-")[0] if isinstance(source, Data) else source.run.__name__


def _group(key: str, labels: Labels) -> str:
    label = labels.get(key)
    return label.group if label else ""


def _reads(source: Source, numbers: Mapping[str, int]) -> str:
    read = [str(numbers[read.key]) for read in sources(source) if read.key in numbers]
    return f" <- {' '.join(read)}" if read else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'").replace("\n", "\\n") + '"'
