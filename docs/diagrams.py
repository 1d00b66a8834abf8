"""Draws boxes and arrows for pages whose code draws nothing: what causes what, what goes where."""  # noqa: INP001 - Sphinx imports it

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from drawings import ARROW, BOX_HEIGHT, BOX_WIDTH, MARGIN, STYLE, box, text

ACROSS, DOWN = 110, 56
"""Between boxes, in pixels."""

BESIDE, CHARACTER = 8, 7
"""From an upright line to its label, and the mean width of a letter."""

BLUE, GREEN, YELLOW, GREY, RED = "#cfe3f7", "#e4f1dc", "#fbeecb", "#ececec", "#f6d9d5"

RULES = (
    ".line.dashed{stroke:#a33;stroke-dasharray:5 4}"
    ".on{paint-order:stroke;stroke:#fff;stroke-width:4px}"
)


@dataclass(frozen=True)
class Box:
    """A box in a column and a row, with a few lines of text."""

    column: float
    row: float
    fill: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Way:
    """An arrow between two boxes; one that must not be is dashed."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes by name and the arrows between them."""

    title: str
    boxes: Mapping[str, Box]
    ways: Sequence[Way]


DIAGRAMS = {
    "causes": Diagram(
        "What may cause what",
        {
            "X": Box(0, 0, BLUE, ("Covariates X", "measured before treatment")),
            "U": Box(1, 0, RED, ("Unmeasured causes",)),
            "w": Box(0, 1, GREEN, ("Treatment w",)),
            "y": Box(1, 1, YELLOW, ("Outcome y",)),
        },
        [
            Way("X", "w"),
            Way("X", "y"),
            Way("w", "y", "effect"),
            Way("U", "y"),
            Way("U", "w", dashed=True),
        ],
    ),
    "where_data_go": Diagram(
        "What goes where when X is a path",
        {
            "client": Box(0, 0, BLUE, ("Client", 'fit("data/", "outcome", "arm")')),
            "files": Box(0, 1, YELLOW, ("Files of X", "that all machines see")),
            "one": Box(1, 0, GREEN, ("Machine 1", "maps the covariates once")),
            "two": Box(1, 1, GREEN, ("Machine 2", "maps the covariates once")),
        },
        [
            Way("client", "one", "y, w, graph"),
            Way("client", "two"),
            Way("files", "one"),
            Way("files", "two", "covariates"),
            Way("files", "client", "y, w"),
        ],
    ),
    "job": Diagram(
        "What a job is",
        {
            "job": Box(0, 0, BLUE, ("job.yaml", "written by init, tested by check")),
            "table": Box(0, 1, YELLOW, ("Table", "CSV, Parquet, Arrow")),
            "run": Box(1, 0, GREEN, ("causal-dask run", "threads, a cluster or Slurm")),
            "store": Box(1, 1, YELLOW, ("Finished fits", "resume goes on from here")),
            "results": Box(2, 0, BLUE, ("Results", "report, estimates, learners")),
            "predict": Box(2, 1, GREEN, ("causal-dask predict", "effects of new rows")),
        },
        [
            Way("job", "run"),
            Way("table", "run"),
            Way("run", "store"),
            Way("run", "results"),
            Way("results", "predict"),
        ],
    ),
    "saved": Diagram(
        "How a learner is saved and loaded",
        {
            "learner": Box(0, 0, GREEN, ("Fitted learner",)),
            "folder": Box(1, 0, YELLOW, ("Folder", "manifest.json, result/, data/")),
            "loaded": Box(2, 0, GREEN, ("Learner elsewhere", "predicts the same bits")),
        },
        [Way("learner", "folder", "save"), Way("folder", "loaded", "load, checked")],
    ),
    "served": Diagram(
        "How a learner is served",
        {
            "learner": Box(0, 0, GREEN, ("Fitted learner",)),
            "file": Box(1, 0, YELLOW, ("effects.onnx", "agrees with predict")),
            "server": Box(2, 0, BLUE, ("Server, phone, browser", "needs a runtime of ONNX only")),
        },
        [Way("learner", "file", "to_onnx"), Way("file", "server", "copy")],
    ),
    "who_talks_to_whom": Diagram(
        "Who can reach a cluster that was started for a job",
        {
            "client": Box(0, 0, BLUE, ("Client", "has the certificates")),
            "scheduler": Box(1, 0, GREEN, ("Scheduler",)),
            "worker": Box(2, 0, GREEN, ("Workers", "have the certificates")),
            "other": Box(0, 1, RED, ("Another user", "has none")),
            "store": Box(2, 1, YELLOW, ("Store, results, spooled data", "their owner's alone")),
        },
        [
            Way("client", "scheduler", "TLS"),
            Way("scheduler", "worker", "TLS"),
            Way("worker", "store"),
            Way("other", "scheduler", "turned away", dashed=True),
            Way("other", "store", "no permission", dashed=True),
        ],
    ),
}
"""The diagrams by the names of their files."""


def write(folder: Path) -> None:
    """Draw all diagrams into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, diagram in DIAGRAMS.items():
        (folder / f"{name}.svg").write_text(drawn(diagram), encoding="utf-8")


def drawn(diagram: Diagram) -> str:
    """A diagram as SVG."""
    boxes = diagram.boxes
    right, bottom = (max(ends) for ends in zip(*map(corner, boxes.values()), strict=True))
    width, height = right + BOX_WIDTH + MARGIN, bottom + BOX_HEIGHT + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title>{escape(diagram.title)}</title>'
        f"<desc>{escape(in_words(diagram))}</desc><style>{STYLE}{RULES}</style>{ARROW}"
        f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none"/>'
    )
    arrows = [part for way in diagram.ways for part in arrow(boxes[way.start], boxes[way.end], way)]
    shown = [box(*corner(each), each.fill, each.lines, first="name") for each in boxes.values()]
    return "\n".join([head, *arrows, *shown, "</svg>", ""])


def in_words(diagram: Diagram) -> str:
    """The arrows as sentences."""
    first = {name: each.lines[0] for name, each in diagram.boxes.items()}
    return " ".join(
        f"{first[way.start]} to {first[way.end]}{': ' * bool(way.label)}{way.label}"
        f"{' (must not be)' * way.dashed}."
        for way in diagram.ways
    )


def corner(of: Box) -> tuple[int, int]:
    """The upper left corner of a box."""
    x, y = of.column * (BOX_WIDTH + ACROSS), of.row * (BOX_HEIGHT + DOWN)
    return MARGIN + round(x), MARGIN + round(y)


def arrow(start: Box, end: Box, way: Way) -> list[str]:
    """The line between the sides of two boxes that face each other, and its label."""
    (x1, y1), (x2, y2) = side(start, end), side(end, start)
    name = "line dashed" if way.dashed else "line"
    line = f'<path class="{name}" d="M{x1},{y1} L{x2},{y2}" marker-end="url(#tip)"/>'
    if not way.label:
        return [line]
    upright = BESIDE + CHARACTER * len(way.label) // 2 if x1 == x2 else 0
    return [line, text((x1 + x2) // 2 + upright, (y1 + y2) // 2 - 5, way.label, "on")]


def side(of: Box, towards: Box) -> tuple[int, int]:
    """The middle of the side of a box that faces another; boxes beside each other come first."""
    x, y = corner(of)
    if of.column != towards.column:
        return (x + BOX_WIDTH if towards.column > of.column else x), y + BOX_HEIGHT // 2
    return x + BOX_WIDTH // 2, (y + BOX_HEIGHT if towards.row > of.row else y)
