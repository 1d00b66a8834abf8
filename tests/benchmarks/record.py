"""The results of a benchmark as a file of JSON, which the documentation makes its tables from."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.machine import facts
from tests.benchmarks.sizes import QUICK

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "out" / "benchmarks" if QUICK else HERE / "results"


@dataclass(frozen=True, slots=True)
class Record:
    """One benchmark. ``identity`` names the columns that tell rows apart.

    ``measure`` names the judged one. A row may have a ``goal``, the most that it may be.
    """

    name: str
    title: str
    identity: tuple[str, ...]
    measure: str
    note: str

    def keep(self, row, folder=None):
        """Write a row beside those of other cells that were measured on the same machine."""
        path = (folder or FOLDER) / f"{self.name}.json"
        kept = [other for other in self.rows(folder) if self._cell(other) != self._cell(row)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self._content([*kept, row]), indent=1) + "\n", "utf-8")
        print("\n" + ", ".join(f"{name} {_shown(value)}" for name, value in row.items()))

    def rows(self, folder=None):
        """What is there already; nothing, if it was measured on another machine."""
        path = (folder or FOLDER) / f"{self.name}.json"
        found = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found["rows"] if found.get("machine") == facts() else []

    def row(self, **cell):
        """The row of a cell that has been measured on this machine, or None."""
        return next((row for row in self.rows() if cell.items() <= row.items()), None)

    def _content(self, rows):
        return {
            "title": self.title,
            "note": self.note,
            "identity": self.identity,
            "measure": self.measure,
            "date": datetime.now(UTC).date().isoformat(),
            "machine": facts(),
            "rows": [{name: _rounded(value) for name, value in row.items()} for row in rows],
        }

    def _cell(self, row):
        return [row[name] for name in self.identity]


def _rounded(value):
    """Four digits are more than a clock on a busy machine is good for."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else value
