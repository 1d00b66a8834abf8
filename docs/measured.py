"""Make tables and figures from the benchmarks' results, for the pages to show the latest ones."""  # noqa: INP001 - Sphinx imports it

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

Row = Mapping[str, Any]
Result = Mapping[str, Any]

SHOWN = [
    "efficiency",
    "default_setting",
    "metalearners",
    "search",
    "others",
    "width",
    "width_together",
    "intervals_width",
    "policy_tree",
    "tuning",
    "overhead",
    "planning_together",
    "memory",
    "predicted_memory",
    "prepared",
    "prepared_memory",
    "small_data",
    "processes",
    "off_the_client",
    "large_study",
    "studies",
]
"""The benchmarks in the order of the page."""

PAGE = "tables.md"


def write(results: Path, folder: Path) -> None:
    """Write a page with all results into ``folder``, and a figure for each benchmark."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: results / f"{name}.json" for name in SHOWN}
    read = {n: json.loads(p.read_text("utf-8")) for n, p in found.items() if p.exists()}
    for name, result in read.items():
        figure_of(result).savefig(folder / f"{name}.svg")
    sections = [section(name, result, folder.name) for name, result in read.items()]
    page = "\n".join(sections) or "Nothing has been measured yet.\n"
    (folder / PAGE).write_text(page, encoding="utf-8")


def section(name: str, result: Result, folder: str) -> str:
    """One benchmark in Markdown: what it measures, where it ran, its figure and its table."""
    drawn = f"![{result['title']}](_build/{folder}/{name}.svg)"
    parts = [f"## {result['title']}", result["note"], ran_on(result), drawn, table(result["rows"])]
    return "\n\n".join(parts) + "\n"


def ran_on(result: Result) -> str:
    """A sentence that says when and where it was measured."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"Measured on {result['date']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, Python {machine['python']}, {versions}."
    )


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown; numbers to three digits."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns, ["---"] * len(columns)]
    lines += [[shown(row.get(column, "")) for column in columns] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def shown(value: Any) -> str:
    """A cell: whole numbers with commas, others with three digits."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def figure_of(result: Result) -> Figure:
    """A dot for the judged measure of each row, and a line where the goal is."""
    rows, (first, *others) = result["rows"], result["identity"]
    second, rest = others[:1], others[1:]
    labels = list(dict.fromkeys(_named(row, [first, *second]) for row in rows))
    figure = Figure(figsize=(7, 1.2 + 0.28 * len(labels)), layout="constrained")
    axes = figure.subplots()
    for series in dict.fromkeys(_named(row, rest) for row in rows):
        dots = [row for row in rows if _named(row, rest) == series]
        heights = [labels.index(_named(row, [first, *second])) for row in dots]
        axes.plot([row[result["measure"]] for row in dots], heights, "o", label=series)
    _mark_goals(axes, rows, labels, [first, *second])
    axes.set(
        yticks=range(len(labels)), yticklabels=labels, xlabel=result["measure"], xlim=(0, None)
    )
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    if rest:
        axes.legend(title=", ".join(rest), fontsize="small")
    return figure


def _mark_goals(axes: Axes, rows: Sequence[Row], labels: list[str], names: list[str]) -> None:
    """A short line at the goal of each row that has one."""
    goals = [(row["goal"], labels.index(_named(row, names))) for row in rows if "goal" in row]
    for goal, height in dict.fromkeys(goals):
        axes.plot([goal, goal], [height - 0.4, height + 0.4], color="black", linewidth=1)


def _named(row: Row, names: Sequence[str]) -> str:
    """The name of a row, made of some of its columns; a number is followed by its column's name."""
    words = [row[name] if isinstance(row[name], str) else f"{row[name]:,} {name}" for name in names]
    return ", ".join(words)
