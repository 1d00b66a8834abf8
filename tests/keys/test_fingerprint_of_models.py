"""What "the same" means for estimators, functions and classes."""

import copy
import functools
import importlib.metadata
import sys
import threading

import cloudpickle
import numpy as np
import pytest
import scipy.special
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from xgboost import DMatrix, XGBRegressor, train

from causal_dask.keys import packages as module
from causal_dask.keys.fingerprint import fingerprint

X = np.random.default_rng(0).normal(size=(30, 2))
Y = X[:, 0]

ESTIMATORS = [
    Ridge(),
    Ridge(alpha=2.0),
    LinearRegression(),
    RandomForestRegressor(),
    RandomForestRegressor(random_state=0),
    RandomForestRegressor(random_state=np.random.RandomState(0)),
    XGBRegressor(),
    XGBRegressor(max_depth=3),
    make_pipeline(StandardScaler(), Ridge()),
    make_pipeline(StandardScaler(), Ridge(alpha=2.0)),
    make_pipeline(StandardScaler(with_mean=False), Ridge()),
    GridSearchCV(Ridge(), {"alpha": [1, 2]}),
    GridSearchCV(Ridge(), {"alpha": [1, 3]}),
    GridSearchCV(make_pipeline(Ridge()), {"ridge__alpha": [1, 2]}),
    CalibratedClassifierCV(LogisticRegression()),
    CalibratedClassifierCV(LogisticRegression(C=2.0)),
]


def test_estimators_differ_by_class_and_parameters_however_deep():
    assert len({fingerprint(estimator) for estimator in ESTIMATORS}) == len(ESTIMATORS)


def told(estimator):
    """The estimator without the address of its generator, which is another in each process."""
    return repr(estimator).partition(" at 0x")[0]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=told)
def test_an_estimator_matches_its_clone(estimator):
    assert fingerprint(clone(estimator)) == fingerprint(estimator)


EXECUTION = [
    (RandomForestRegressor(n_jobs=2, verbose=1), RandomForestRegressor()),
    (XGBRegressor(n_jobs=4, verbosity=2), XGBRegressor()),
    (GridSearchCV(RandomForestRegressor(n_jobs=3), {}), GridSearchCV(RandomForestRegressor(), {})),
    (make_pipeline(RandomForestRegressor(n_jobs=3)), make_pipeline(RandomForestRegressor())),
]


@pytest.mark.parametrize("pair", EXECUTION, ids=lambda pair: type(pair[0]).__name__)
def test_how_an_estimator_runs_does_not_matter(pair):
    one, other = pair
    assert fingerprint(one) == fingerprint(other)


def test_the_version_of_an_estimators_package_matters(monkeypatch):
    before = fingerprint(Ridge())
    installed = importlib.metadata.version
    versions = {"scikit-learn": "0.0"}
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: versions.get(name) or installed(name)
    )
    module.package_version.cache_clear()
    after = fingerprint(Ridge())
    module.package_version.cache_clear()
    assert after != before


def test_frozen_estimators_match_by_what_they_have_learned():
    one, same, other = (FrozenEstimator(Ridge().fit(X, y)) for y in (Y, Y, -Y))
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)


def test_a_fitted_model_given_as_a_fit_parameter_counts_by_what_it_has_learned():
    one, other = (XGBRegressor(n_estimators=2).fit(X, y) for y in (Y, -Y))
    assert fingerprint({"xgb_model": one}) != fingerprint({"xgb_model": other})


def test_boosters_match_by_the_state_they_hold_in_c():
    one, same, other = (train({"seed": 1}, DMatrix(X, y), 2) for y in (Y, Y, -Y))
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)


def test_functions_of_packages_differ_by_name():
    functions = [np.log1p, np.exp, np.mean, np.trace, np.linalg.norm, scipy.special.softmax]
    functions += [np.linalg.trace] if hasattr(np.linalg, "trace") else []  # since NumPy 2
    assert len({fingerprint(function) for function in functions}) == len(functions)


def test_a_ufunc_of_scipy_can_stand_in_a_pipeline():
    one, other = scipy.special.expit, scipy.special.logit
    assert fingerprint(FunctionTransformer(one)) == fingerprint(FunctionTransformer(one))
    assert fingerprint(FunctionTransformer(one)) != fingerprint(FunctionTransformer(other))


def test_ufuncs_made_of_python_functions_never_match():
    one = np.frompyfunc(lambda x: x + 1, 1, 1)
    other = np.frompyfunc(lambda x: x + 2, 1, 1)
    assert fingerprint(one) != fingerprint(other)


def test_methods_match_by_their_object_and_name():
    one, other = np.random.default_rng(0), np.random.default_rng(1)
    assert fingerprint(one.normal) == fingerprint(np.random.default_rng(0).normal)
    assert fingerprint(one.normal) != fingerprint(other.normal)
    assert fingerprint("a".upper) != fingerprint("b".upper)
    assert fingerprint(Ridge(1).fit) != fingerprint(Ridge(2).fit)
    assert fingerprint(Ridge().fit) != fingerprint(Ridge().predict)


def test_partial_functions_match_by_what_they_hold():
    values = [functools.partial(pow, 2), functools.partial(pow, 3), functools.partial(pow, exp=2)]
    assert len({fingerprint(value) for value in values}) == len(values)


MODEL = """
from sklearn.base import BaseEstimator, RegressorMixin

def helper(X):
    return X[:, 0] {operator} 1

class Model(RegressorMixin, BaseEstimator):
    names = {{"a", "b", "c"}}

    def __init__(self, shift={default}):
        self.shift = shift

    def fit(self, X, y):
        super().__init__()
        self.mean_ = y.mean()
        return self

    @property
    def doubled(self):
        return {factor} * self.mean_

    @staticmethod
    def limited(X):
        return X.clip(0, {limit})

    def predict(self, X):
        return helper(X) + self.mean_
"""

WRITTEN = {"operator": "+", "default": 0, "factor": 2, "limit": 1}
CHANGES = {"operator": "-", "default": 1, "factor": 3, "limit": 2}


def test_a_class_from_no_package_matches_itself_when_its_cell_is_run_again(cell):
    first, again = (cell(MODEL.format(**WRITTEN)).Model(shift=5) for _ in range(2))
    assert type(first) is not type(again)
    assert fingerprint(first) == fingerprint(again)


def test_a_class_from_no_package_stays_the_same_when_it_is_used(cell):
    model = cell(MODEL.format(**WRITTEN)).Model()
    before = fingerprint(model)
    copy.deepcopy(clone(model).fit(X, Y)).predict(X)
    cloudpickle.dumps(model)
    assert fingerprint(model) == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_class_from_no_package_differs_when_its_code_is_changed(change, cell):
    written = cell(MODEL.format(**WRITTEN)).Model(shift=5)
    changed = cell(MODEL.format(**WRITTEN | {change: CHANGES[change]})).Model(shift=5)
    assert fingerprint(written) != fingerprint(changed)


def test_a_function_from_no_package_is_known_by_its_code(cell):
    plus, again, minus = (cell(f"def f(x): return x {sign} 1").f for sign in "++-")
    assert fingerprint(plus) == fingerprint(again) != fingerprint(minus)


def test_a_function_that_calls_itself_is_known_by_its_code(cell):
    source = "def f(x): return x * f(x - 1) if x else {}"
    one, again, other = (cell(source.format(last)).f for last in (1, 1, 2))
    assert fingerprint(one) == fingerprint(again) != fingerprint(other)


def test_a_function_differs_when_a_function_it_calls_is_changed(cell):
    source = "def g(x): return x {} 1\ndef f(x): return g(x)"
    assert fingerprint(cell(source.format("+")).f) != fingerprint(cell(source.format("-")).f)


def test_a_function_does_not_differ_when_a_global_is_called_as_an_attribute_that_it_reads(cell):
    notebook = cell("def f(X): return X.age")
    before = fingerprint(notebook.f)
    notebook.age = 50
    assert fingerprint(notebook.f) == before


IN_ANOTHER_FILE = {
    "a module": "import shifts\ndef f(x): return shifts.shift(x)",
    "a module of a module": "import around\ndef f(x): return around.shifts.shift(x)",
    "imported when called": "def f(x):\n    from shifts import shift\n    return shift(x)",
}


@pytest.mark.parametrize("source", IN_ANOTHER_FILE.values(), ids=IN_ANOTHER_FILE)
def test_a_function_differs_when_a_module_of_the_users_that_it_looks_into_is_changed(
    source, cell, tmp_path, monkeypatch
):
    def written(sign):
        (tmp_path / "shifts.py").write_text(f"def shift(x): return x {sign} 1")
        for name in ("shifts", "around"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        importlib.invalidate_caches()
        return fingerprint(cell(source).f)

    (tmp_path / "around.py").write_text("import shifts")
    monkeypatch.syspath_prepend(tmp_path)
    assert written("+") == written("+") != written("-")


def test_a_function_differs_when_its_version_does():
    def one(x):
        return x

    before = fingerprint(one)
    one.version = 2
    assert fingerprint(one) != before


def adds(number):
    return lambda x: x + number


def test_closures_differ_by_what_they_hold():
    assert fingerprint(adds(1)) == fingerprint(adds(1)) != fingerprint(adds(2))


def test_a_wrapper_that_took_over_a_packages_name_is_not_what_it_wraps():
    def powered(power):
        @functools.wraps(scipy.special.softmax)
        def wrapper(x):
            return scipy.special.softmax(x) ** power

        return wrapper

    assert fingerprint(powered(1)) == fingerprint(powered(1)) != fingerprint(powered(2))
    assert fingerprint(powered(1)) != fingerprint(scipy.special.softmax)


def test_a_cached_function_differs_when_its_code_is_changed(cell):
    source = "import functools\n@functools.lru_cache\ndef f(x): return x {} 1"
    assert fingerprint(cell(source.format("+")).f) != fingerprint(cell(source.format("-")).f)


def test_a_module_that_the_user_ships_by_value_is_still_shipped_by_value(cell):
    notebook = cell(MODEL.format(**WRITTEN))
    cloudpickle.register_pickle_by_value(notebook)
    fingerprint(notebook.Model())
    still = notebook.__name__ in cloudpickle.list_registry_pickle_by_value()
    if still:
        cloudpickle.unregister_pickle_by_value(notebook)
    assert still


def test_models_from_no_package_can_be_hashed_in_many_threads_at_once(cell):
    models = [cell(MODEL.format(**WRITTEN)).Model(shift) for shift in range(4)]
    found = []
    workers = [
        threading.Thread(target=lambda m=m: found.extend(fingerprint(m) for _ in range(200)))
        for m in models
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 800
    assert len(set(found)) == 4
