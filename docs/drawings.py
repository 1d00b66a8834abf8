"""Draw what the pages show: which learner when, and the plan of each learner."""  # noqa: INP001 - Sphinx imports it

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from sklearn.linear_model import LogisticRegression, Ridge

from causal_dask.datasets import make_study
from causal_dask.estimators.catalogue import CATALOGUE

CHOOSER = "which_learner.svg"

QUESTIONS = [
    (("Are propensities near 0 or 1", "in many rows?"), ("R", "such rows get little weight")),
    (
        ("Is one group much smaller", "than the other?"),
        ("X", "the large group's outcome model", "serves the small group"),
    ),
    (
        ("Is the effect simple, and the", "outcome or treatment complex?"),
        ("R or DR", "with a simple treatment model"),
    ),
    (
        ("Have the outcomes of the groups", "little in common?"),
        ("T", "a model of its own for each group"),
    ),
]
"""A question, and the learner to begin with where the answer is yes."""

OTHERWISE = ("DR", "has average effects and tests, too")

COMPARE = (
    "Whatever you begin with: choose() compares",
    "learners on rows that their models have not seen.",
)

BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN, LINE = 250, 60, 34, 16, 17

STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222;text-anchor:middle}"
    "rect{stroke:#667;stroke-width:.8}"
    ".line{stroke:#667;stroke-width:1.2;fill:none}"
    ".name{font-weight:bold}.on{fill:#445;font-style:italic}"
)

ARROW = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#667"/></marker></defs>'
)


def write(folder: Path) -> None:
    """Draw the chooser and the plan of each learner into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CHOOSER).write_text(chooser(), encoding="utf-8")
    study = make_study(100, random_state=0)
    for cls in CATALOGUE:
        learner = cls(
            nuisance_model_factory=Ridge,
            propensity_model_factory=LogisticRegression,
            treatment_model_factory=Ridge,
            n_folds=5,
            random_state=0,
        )
        drawn = folder / f"plan_{cls.declaration.name.lower()}.svg"
        learner.plan(study.X, study.y, study.w).visualize(drawn)


def chooser() -> str:
    """Questions from top to bottom, with the learner for each "yes" to its right, as SVG."""
    step = BOX_HEIGHT + GAP
    left, right = MARGIN, MARGIN + BOX_WIDTH + 2 * GAP
    width, height = right + BOX_WIDTH + MARGIN, (len(QUESTIONS) + 1) * step + 3 * MARGIN
    parts = []
    for number, (question, answer) in enumerate(QUESTIONS):
        top = MARGIN + number * step
        parts += [box(left, top, "#cfe3f7", question)]
        parts += [box(right, top, "#e4f1dc", answer, first="name")]
        parts += [yes(left + BOX_WIDTH, top, right), no(left + BOX_WIDTH // 2, top)]
    last = MARGIN + len(QUESTIONS) * step
    parts += [box(left, last, "#e4f1dc", OTHERWISE, first="name")]
    foot = height - MARGIN - LINE
    parts += [text(width // 2, foot + LINE * n, line, "on") for n, line in enumerate(COMPARE)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}"><title>Which learner when</title>'
        f"<desc>{escape(in_words())}</desc><style>{STYLE}</style>{ARROW}"
        f'<rect width="{width}" height="{height}" style="fill:#fff;stroke:none"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def in_words() -> str:
    """The chooser as sentences."""
    asked = [f"{' '.join(question)} Yes: {answer[0]}." for question, answer in QUESTIONS]
    return " ".join([*asked, f"Otherwise: {OTHERWISE[0]}.", *COMPARE])


def box(x: int, y: int, fill: str, lines: Sequence[str], first: str = "") -> str:
    """A box with lines of text in its middle; the class of the first line may be another."""
    top = y + BOX_HEIGHT // 2 + 5 - LINE * (len(lines) - 1) // 2
    classes = [first, *[""] * (len(lines) - 1)]
    drawn = [
        text(x + BOX_WIDTH // 2, top + LINE * number, line, name)
        for number, (line, name) in enumerate(zip(lines, classes, strict=True))
    ]
    size = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
    return f'<rect x="{x}" y="{y}" {size} fill="{fill}"/>{"".join(drawn)}'


def text(x: int, y: int, line: str, name: str = "") -> str:
    """A line of text around a point."""
    return f'<text class="{name}" x="{x}" y="{y}">{escape(line)}</text>'


def yes(x: int, top: int, to: int) -> str:
    """An arrow from a question to its answer."""
    y = top + BOX_HEIGHT // 2
    return arrow(f"M{x},{y} L{to},{y}") + text((x + to) // 2, y - 6, "yes", "on")


def no(x: int, top: int) -> str:
    """An arrow from a question to the next one."""
    y = top + BOX_HEIGHT
    return arrow(f"M{x},{y} L{x},{y + GAP}") + text(x + 16, y + GAP // 2 + 4, "no", "on")


def arrow(path: str) -> str:
    """A line with a tip."""
    return f'<path class="line" d="{path}" marker-end="url(#tip)"/>'
