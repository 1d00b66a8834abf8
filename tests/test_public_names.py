"""What a user can import, and what that imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import causal_dask

STUB = ast.parse(Path(causal_dask.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))


def modules_after(code):
    """The packages that a new process has imported after some code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(ended.stdout.split())


def test_the_stub_lists_the_names_that_there_are():
    listed = next(
        ast.literal_eval(each.value)
        for each in STUB.body
        if isinstance(each, ast.Assign) and each.targets[0].id == "__all__"
    )
    assert listed == causal_dask.__all__ == dir(causal_dask)


@pytest.mark.parametrize("name", [*causal_dask.__all__, "models", "store", "studies"])
def test_every_public_name_can_be_imported(name):
    assert getattr(causal_dask, name) is not None


@pytest.mark.parametrize("name", ["datasets", "models", "store", "studies"])
def test_public_modules_list_their_public_names_alone(name):
    module = getattr(causal_dask, name)
    assert dir(module) == sorted(module.__all__)


def test_modules_are_found_though_nobody_has_imported_them():
    code = "import causal_dask; causal_dask.errors.InvalidInput; causal_dask.datasets.make_study"
    assert "causal_dask" in modules_after(code)


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'causal_dask' has no attribute 'Learner'"):
        causal_dask.Learner  # noqa: B018


def test_the_package_imports_others_when_a_name_is_used():
    assert not modules_after("import causal_dask") & {"sklearn", "pandas", "dask", "distributed"}


def test_learners_import_neither_clusters_nor_base_models():
    found = modules_after("from causal_dask import DRLearner, models")
    assert "sklearn" in found
    assert not found & {"distributed", "xgboost", "matplotlib"}
