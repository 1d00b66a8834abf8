"""The house keeps its shape: who may import whom, no cycles, Dask only where it belongs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import causal_dask

PACKAGE = Path(causal_dask.__file__).parent

MAY_IMPORT = {
    "errors": set(),
    "declared": set(),
    "spec": {"errors"},
    "formulas": {"errors"},
    "datasets": {"errors"},
    "keys": {"errors"},
    "graph": {"keys", "errors"},
    "sources": {"keys", "errors"},
    "tasks": {"sources", "errors"},
    "learners": {"spec", "formulas"},
    "plans": {"graph", "keys", "errors"},
    "storage": {"sources", "keys", "errors"},
    "runtime": {"storage", "plans", "sources", "graph", "keys", "errors"},
    "study": {"spec", "tasks", "keys", "graph", "sources", "storage", "runtime", "errors"},
    "compile": {"study", "spec", "formulas", "tasks", "graph", "plans", "runtime", "errors"},
    "fitted": {
        "compile", "study", "runtime", "plans", "graph", "keys", "learners", "tasks", "formulas",
        "sources", "spec", "errors",
    },
    "saving": {
        "fitted", "compile", "storage", "runtime", "sources", "graph", "keys", "tasks", "errors",
    },
    "estimators": {
        "fitted", "saving", "study", "compile", "runtime", "storage", "plans", "learners", "tasks",
        "graph", "keys", "spec", "formulas", "errors",
    },
    "evaluation": {
        "estimators", "fitted", "study", "runtime", "graph", "tasks", "formulas", "errors",
    },
    "jobs": {
        "evaluation", "estimators", "fitted", "saving", "compile", "study", "runtime", "storage",
        "plans", "sources", "errors",
    },
    "store": {"storage", "errors"},
    "cli": {"jobs", "store", "errors", "__init__"},
    "__main__": {"cli"},
    "__init__": {
        "errors", "evaluation", "estimators", "fitted", "saving", "study", "formulas", "plans",
        "store",
    },
}  # fmt: skip

MAY_USE_DASK = {"graph", "plans", "runtime", "storage"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(
        ".__init__"
    )


def imports_of(path: Path) -> Iterator[str]:
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield str(statement.module)
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def layer_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_its_own_layer_and_those_below(path):
    layer = layer_of(name_of(path))
    own = (module for module in imports_of(path) if module.startswith("causal_dask."))
    reached = {layer_of(module) for module in own} - {"declared"}
    assert reached <= MAY_IMPORT[layer] | {layer}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_dask_is_imported_where_graphs_are_built_and_run_only(path):
    uses = {name.partition(".")[0] for name in imports_of(path)} & {"dask", "distributed"}
    assert not uses or layer_of(name_of(path)) in MAY_USE_DASK


def test_one_module_speaks_dasks_task_language():
    speakers = [name_of(p) for p in MODULES if "dask._task_spec" in set(imports_of(p))]
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


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_a_drawer(path):
    assert path.stem not in {"utils", "helpers", "common", "misc"}


def test_a_declaration_fits_on_a_page():
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for path in (PACKAGE / "learners").glob("*.py")
    }
    assert {name for name, n in lengths.items() if n > 60} == set()
