"""Collect what the tests compare with other packages and with papers, for the page that lists it.

A test says whom it compares with by ``@pytest.mark.parity(whom, what)``. The tolerance is read from
the calls in its code, so that the page shows the one that holds.
"""  # noqa: INP001 - Sphinx imports it

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measured import table

TESTS = Path(__file__).resolve().parents[1] / "tests"

PAGE = "checked.md"

MARKER = "pytest.mark.parity"

DEFAULTS = {
    "assert_allclose": {"rtol": 1e-7, "atol": 0.0},
    "isclose": {"rtol": 1e-5, "atol": 1e-8},
    "approx": {"rel": 1e-6, "abs": 1e-12},
    "assert_array_equal": {"rtol": 0.0, "atol": 0.0},
}
"""The calls that compare numbers, with the tolerances that they have if none are given."""


@dataclass(frozen=True)
class Parity:
    """One comparison: with whom, of what, how close, and the test that makes it."""

    whom: str
    what: str
    within: str
    test: str

    @property
    def file(self) -> str:
        """The name of the test's file, without its folders, which would not fit the page."""
        return self.test.partition("::")[0].rpartition("/")[2]


def write(folder: Path, tests: Path = TESTS) -> None:
    """Write a page of all marked tests, and of the numbers that papers published."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = ["## Same numbers", parity_table(collect(tests))]
    published = tests / "benchmarks" / "results" / "nie_wager.json"
    if published.exists():
        parts += ["## Published simulations", nie_wager(json.loads(published.read_text("utf-8")))]
    (folder / PAGE).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def collect(tests: Path) -> list[Parity]:
    """The comparisons of all marked tests, those with packages before those with papers."""
    found = [each for path in sorted(tests.rglob("test_*.py")) for each in parities(path, tests)]
    return sorted(found, key=lambda each: ("(" in each.whom, each.whom.lower(), each.test))


def parities(path: Path, tests: Path) -> Iterator[Parity]:
    """The comparisons of one file's marked tests."""
    source = path.read_text(encoding="utf-8")
    if MARKER not in source:
        return
    module = Module.of(ast.parse(source))
    for name, function in module.functions.items():
        for mark in marks_of(function):
            whom, what = map(ast.literal_eval, mark.args)
            given = {each.arg: ast.literal_eval(each.value) for each in mark.keywords}
            within = given.get("within") or "; ".join(module.tolerances(name))
            yield Parity(whom, what, within, f"{path.relative_to(tests.parent)}::{name}")


def marks_of(function: ast.FunctionDef) -> list[ast.Call]:
    """The markers above a test that say whom it compares with."""
    calls = [each for each in function.decorator_list if isinstance(each, ast.Call)]
    return [call for call in calls if ast.unparse(call.func) == MARKER]


@dataclass(frozen=True)
class Module:
    """The functions of a file by name, and its constants."""

    functions: Mapping[str, ast.FunctionDef]
    constants: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: ast.Module) -> "Module":
        """The functions and constants at the top of a file."""
        functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
        module = cls(functions)
        for each in tree.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                module.constants[each.targets[0].id] = module.value_of(each.value)
        return module

    def value_of(self, node: ast.AST) -> Any:
        """What an expression is: a literal, a constant or an entry of one; None for others."""
        if isinstance(node, ast.Name):
            return self.constants.get(node.id)
        if isinstance(node, ast.Subscript):
            return (self.value_of(node.value) or {}).get(self.value_of(node.slice))
        try:
            return ast.literal_eval(node)
        except ValueError:
            return None

    def tolerances(self, name: str) -> list[str]:
        """How close a test wants numbers to be, in the order of its comparisons."""
        found = [self.tolerance(call) for call in self.comparisons(name, set())]
        return list(dict.fromkeys(found))

    def comparisons(self, name: str, seen: set[str]) -> Iterator[ast.Call]:
        """The calls that compare numbers in a function and in those of the file that it calls."""
        seen.add(name)
        for call in calls_in(self.functions[name]):
            called = called_by(call)
            if called in DEFAULTS:
                yield call
            elif called in self.functions and called not in seen:
                yield from self.comparisons(called, seen)

    def tolerance(self, call: ast.Call) -> str:
        """The tolerance of one comparison in words."""
        given: dict[str, Any] = {}
        for each in call.keywords:
            value = self.value_of(each.value)
            given |= {each.arg: value} if each.arg else value
        relative, absolute = (
            given.get(name, default) for name, default in DEFAULTS[called_by(call)].items()
        )
        parts = [f"{shown(relative)} relative"] if relative else []
        parts += [shown(absolute)] if absolute and (not relative or absolute > 1e-9) else []
        return " + ".join(parts) or "equal"


def calls_in(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The calls in the body of a function, in their order."""
    calls = [n for part in function.body for n in ast.walk(part) if isinstance(n, ast.Call)]
    yield from sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def called_by(call: ast.Call) -> str:
    """The last name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def shown(number: float) -> str:
    """A number without needless zeros: 1e-8, 0.1."""
    return f"{number:g}".replace("e-0", "e-")


def parity_table(found: Sequence[Parity]) -> str:
    """The comparisons in Markdown."""
    return table([
        {"compared with": each.whom, "what": each.what, "may differ by": each.within,
         "test": f"`{each.file}`"}
        for each in found
    ])  # fmt: skip


def nie_wager(result: Mapping[str, Any]) -> str:
    """Errors published by Nie and Wager (2021) beside ours, with the lasso."""
    told = (
        "Mean squared errors of the effect in the four setups of Nie & Wager (2021) with 500 rows, "
        "six covariates, noise of 1 and the lasso: as published, and with our learners over "
        f"{result['n_seeds']} draws and {result['n_folds']} folds "
        "(`tests/benchmarks/test_nie_wager.py`)."
    )
    names = {"setup": "setup", "learner": "learner", "published": "published", "mean": "ours",
             "standard_error": "standard error of ours"}  # fmt: skip
    rows = [{named: each[name] for name, named in names.items()} for each in result["means"]]
    return f"{told}\n\n{table(rows)}"
