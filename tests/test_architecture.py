"""The house keeps its shape: who may import whom, how long things are, where tests are."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

import causal_dask
from tests.catalogue import LEARNERS

TESTS = Path(__file__).parent
PACKAGE = Path(causal_dask.__file__).parent

MAY_IMPORT = {
    "errors": set(),
    "axes": {"errors"},
    "display": set(),
    "declared": set(),
    "spec": {"errors"},
    "formulas": {"errors"},
    "datasets": {"display", "errors"},
    "keys": {"errors"},
    "graph": {"keys", "errors"},
    "sources": {"keys", "errors"},
    "tasks": {"sources", "errors"},
    "learners": {"spec", "formulas"},
    "plans": {"display", "graph", "keys", "errors"},
    "storage": {"sources", "keys", "errors"},
    "runtime": {"storage", "plans", "sources", "graph", "keys", "errors"},
    "study": {
        "spec", "tasks", "keys", "graph", "sources", "storage", "runtime", "display", "errors",
    },
    "compile": {"study", "spec", "formulas", "tasks", "graph", "plans", "runtime", "errors"},
    "explanation": {"tasks", "errors"},
    "export": {
        "fitted", "compile", "study", "formulas", "spec", "tasks", "sources", "errors",
    },
    "fitted": {
        "compile", "study", "runtime", "plans", "graph", "keys", "learners", "tasks", "formulas",
        "sources", "spec", "display", "errors",
    },
    "saving": {
        "fitted", "compile", "storage", "runtime", "sources", "graph", "keys", "tasks", "errors",
    },
    "estimators": {
        "explanation", "export", "fitted", "saving", "study", "compile", "runtime", "storage",
        "plans", "learners", "tasks", "graph", "keys", "spec", "formulas", "display", "errors",
    },
    "evaluation": {
        "axes", "display", "estimators", "fitted", "study", "runtime", "graph", "tasks", "formulas",
        "errors",
    },
    "studies": {"axes", "display", "estimators", "runtime", "sources", "keys", "errors"},
    "reports": {
        "inference", "selection", "evaluation", "estimators", "fitted", "compile", "study",
        "sources", "spec", "display", "errors",
    },
    "jobs": {
        "axes", "display", "reports", "studies", "inference", "selection", "evaluation",
        "estimators", "fitted", "saving", "compile", "study", "runtime", "storage", "plans",
        "sources", "spec", "errors",
    },
    "inference": {
        "axes", "display", "fitted", "compile", "study", "graph", "formulas", "tasks", "errors",
    },
    "selection": {
        "models", "estimators", "fitted", "compile", "study", "runtime", "plans", "learners",
        "tasks", "graph", "spec", "formulas", "keys", "axes", "display", "errors",
    },
    "models": {"errors"},
    "store": {"runtime", "storage", "errors"},
    "cli": {"jobs", "store", "errors", "__init__"},
    "__main__": {"cli"},
    "__init__": {
        "errors", "evaluation", "estimators", "explanation", "inference", "reports", "selection",
        "models", "fitted", "saving", "study", "formulas", "plans", "store",
    },
}  # fmt: skip

MAY_USE_DASK = {"graph", "plans", "runtime"}

MODULES = sorted(PACKAGE.rglob("*.py"))

TESTS_OF_NO_FOLDER = {
    "benchmarks": "measures, which take hours",
    "cluster": "what only processes that can be killed show, of several folders",
    "examples": "the examples and the docs, which are no part of the package",
    "graphs": "drawn plans, which tests/plans compares with",
    "laws": "what holds for all learners, through all folders",
    "parity": "numbers of other packages, papers and plain NumPy",
    "slurm": "what only a real Slurm shows",
}

MAY_LIST_LEARNERS = {
    "parity/test_random_tables.py": "its reference knows four learners in plain arrays",
    "selection/test_choose.py": "six learners whose shared fits were counted by hand",
    "selection/test_ensemble.py": "an ensemble of learners of different kinds",
    "laws/test_sharing.py": "an example of five learners whose fits were counted by hand",
    "compile/test_stages.py": "the same example, and one with what each learner's fits wait for",
    "parity/test_metalearners_api.py": "the five learners that metalearners has",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(source_of(path))


@cache
def imports_of(path: Path) -> frozenset[str]:
    return frozenset(imported_in(parsed(path)))


def imported_in(module: ast.Module) -> Iterator[str]:
    for statement in ast.walk(module):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield str(statement.module)
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def layers_above(path: Path) -> set[str]:
    """The layers that a module imports though it may not."""
    layer = layer_of(name_of(path))
    own = (module for module in imports_of(path) if module.startswith("causal_dask."))
    return {layer_of(module) for module in own} - {"declared", layer} - MAY_IMPORT[layer]


def test_a_module_imports_only_from_its_own_layer_and_those_below():
    assert {name_of(p): above for p in MODULES if (above := layers_above(p))} == {}


def test_dask_is_imported_where_graphs_are_built_and_run_only():
    uses = {"dask", "distributed"}
    users = [p for p in MODULES if uses & {i.partition(".")[0] for i in imports_of(p)}]
    assert {layer_of(name_of(path)) for path in users} <= MAY_USE_DASK


def test_one_module_speaks_dasks_task_language():
    speakers = [name_of(p) for p in MODULES if "dask._task_spec" in imports_of(p)]
    assert speakers == ["causal_dask.plans.dask_layer"]


def test_there_is_no_import_cycle():
    known = {name_of(path): path for path in MODULES}
    graph = {
        name: {i for i in imports_of(path) if i in known} - {name} for name, path in known.items()
    }
    while leaves := [name for name, reads in graph.items() if not reads & graph.keys()]:
        for leaf in leaves:
            del graph[leaf]
    assert graph == {}


def test_the_page_about_the_architecture_shows_the_same_arrows():
    page = (TESTS.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    lines = page.partition("```\n")[2].partition("```")[0].replace("\n  ", " ").splitlines()
    shown = dict(line.split(" -> ") for line in lines)
    arrows = {name.strip(): set(below.replace(",", " ").split()) for name, below in shown.items()}
    assert arrows == {name: below or {"nothing"} for name, below in MAY_IMPORT.items()}


def test_no_module_is_a_drawer():
    assert {path.stem for path in MODULES} & {"utils", "helpers", "common", "misc"} == set()


def test_a_declaration_fits_on_a_page():
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (PACKAGE / "learners").glob("*.py")
    }
    assert {name for name, n in lengths.items() if n > 60} == set()


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in ast.walk(parsed(path)):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a body without its docstring."""
    body = function.body[ast.get_docstring(function) is not None :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_no_module_is_longer_than_250_lines():
    lengths = {name_of(path): len(source_of(path).splitlines()) for path in MODULES}
    assert {name for name, n in lengths.items() if n > 250} == set()


def test_no_body_of_a_function_is_longer_than_40_lines():
    functions = [(path, f) for path in MODULES for f in functions_in(path)]
    assert [(name_of(p), f.name) for p, f in functions if body_lines(f) > 40] == []


def test_most_bodies_of_functions_are_a_few_lines():
    lengths = [body_lines(f) for f in chain.from_iterable(map(functions_in, MODULES))]
    assert median(lengths) <= 5
    assert quantiles(lengths, n=10)[-1] <= 13


def test_no_folder_has_more_than_16_modules():
    modules = (path.relative_to(PACKAGE) for path in MODULES if path.stem != "__init__")
    counts = Counter(str(path.parent) for path in modules)
    assert {folder for folder, n in counts.items() if n > 16} == set()


def opens_with_a_sentence(path: Path) -> bool:
    """Whether a module's docstring begins with a sentence of at most two lines."""
    first = (ast.get_docstring(parsed(path)) or "").partition("\n\n")[0]
    return first.endswith((".", "?")) and len(first.splitlines()) <= 2


def test_a_module_opens_with_a_sentence_of_at_most_two_lines():
    assert [name_of(path) for path in MODULES if not opens_with_a_sentence(path)] == []


def test_tests_are_in_folders_named_as_those_of_the_package():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    found = {path.name for path in TESTS.iterdir() if path.is_dir()} - {"__pycache__"}
    assert found - folders == TESTS_OF_NO_FOLDER.keys()


def names_in(display: ast.AST) -> set[str]:
    """The names and words that a list, tuple or set has between its brackets."""
    if not isinstance(display, ast.List | ast.Tuple | ast.Set):
        return set()
    words = {part.value for part in display.elts if isinstance(part, ast.Constant)}
    return words | {part.id for part in display.elts if isinstance(part, ast.Name)}


def test_laws_find_the_learners_in_the_catalogue():
    classes = {cls.__name__ for cls in LEARNERS}
    prefixes = {cls.declaration.name for cls in LEARNERS}
    listing = set()
    for path in TESTS.rglob("test_*.py"):
        displays = map(names_in, ast.walk(parsed(path)))
        if any(max(len(found & classes), len(found & prefixes)) > 3 for found in displays):
            listing.add(path.relative_to(TESTS).as_posix())
    assert {path for path in listing if "benchmarks" not in path} <= MAY_LIST_LEARNERS.keys()
