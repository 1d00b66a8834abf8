"""What "the same" means for values, arrays and tables."""

import copy
import enum
import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from causal_dask.keys.fingerprint import fingerprint
from causal_dask.keys.hashing import digest

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.lists(v, max_size=3).map(tuple), max_leaves=8
)
DTYPES = st.sampled_from(["f8", "f4", "i8", "u1", "?", "U3", "M8[s]", "c16"])
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(max_dims=3, max_side=4))

IN_ANY_PROCESS = [
    "{'a', 'b', 'c', 'd'}",
    "{'b': 1, 'a': {2, 3}}",
    "(1, [2.5, None], 'text', b'bytes', 3j, True)",
    "np.arange(6.0).reshape(2, 3)",
    "np.array(['a', None, 3], dtype=object)",
    "np.random.RandomState(3)",
    "np.random.default_rng(3)",
    "np.log1p",
    "np.linalg.norm",
    "math.sqrt",
    "partial(np.add, 1)",
    "Path('here')",
    "re.compile('a+')",
    "pd.DataFrame({'n': [1, 2], 's': ['x', None], 'c': pd.Categorical(['u', 'v'])})",
    "sp.csr_matrix(np.eye(2))",
    "CountVectorizer(stop_words=frozenset({'the', 'a', 'of', 'an'}))",
    "RandomForestRegressor(max_features={'sqrt', 'log2'})",
    "XGBRegressor(n_estimators=3)",
    "make_pipeline(StandardScaler(), FunctionTransformer(np.log1p), Ridge())",
    "GridSearchCV(Ridge(), {'alpha': [0.1, 1.0]}, cv=KFold(3))",
]

SCRIPT = """
import json, math, re, sys
from functools import partial
from pathlib import Path
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from xgboost import XGBRegressor
from causal_dask.keys.fingerprint import fingerprint

class Base:
    limits = {'low', 'high', 'middle'}

class Model(Base):
    def fit(self, X):
        super().__init__()
        return scale(X) in {'a', 'b', 'c'}

def scale(X):
    return [x + 1 for x in X]

def times(n):
    return lambda x: x * n

EXPRESSIONS = json.loads(sys.argv[1]) + ['Model', 'Model()', 'scale', 'times(2)']
print(json.dumps({e: fingerprint(eval(e)) for e in EXPRESSIONS}))
"""


@pytest.fixture(scope="module")
def fresh_processes():
    """The fingerprints that two processes find, whose sets have other orders."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(IN_ANY_PROCESS)]
    runs = [
        subprocess.Popen(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE
        )
        for seed in "12"
    ]
    return [json.loads(run.communicate()[0]) for run in runs]


@pytest.mark.parametrize("expression", [*IN_ANY_PROCESS, "Model", "Model()", "scale", "times(2)"])
def test_equal_content_has_an_equal_fingerprint_in_every_process(expression, fresh_processes):
    one, other = fresh_processes
    assert one[expression] == other[expression]


@given(VALUES, VALUES)
@settings(deadline=None)
def test_plain_values_match_if_and_only_if_they_are_written_the_same(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (repr(one) == repr(other))


@given(VALUES)
@settings(deadline=None)
def test_a_copy_of_a_value_matches_it(value):
    assert fingerprint(copy.deepcopy(value)) == fingerprint(value)


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_parts_of_a_digest_cannot_run_together(one, other):
    assert (digest(*one) == digest(*other)) == (one == other)


def test_many_bytes_are_digested_without_a_copy_of_them():
    content = memoryview(bytes(20_000_000))
    tracemalloc.start()
    found = digest("head", content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert found == digest(b"head", bytes(content))


def test_numbers_truth_and_text_that_look_alike_differ():
    values = [1, True, 1.0, "1", b"1", 1 + 0j, np.int64(1), np.float64(1), np.array([1]), [1], (1,)]
    assert len({fingerprint(value) for value in values}) == len(values)


def test_text_with_a_lone_surrogate_has_a_fingerprint():
    assert fingerprint("\ud800") != fingerprint("\ud801")


def test_the_order_in_which_sets_and_mappings_were_filled_does_not_matter():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({1, 2, 3}) == fingerprint(frozenset({3, 2, 1}))


def test_the_key_and_the_value_of_a_mapping_are_not_exchanged():
    assert fingerprint({"a": "b"}) != fingerprint({"b": "a"})


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def test_members_of_an_enumeration_differ():
    assert fingerprint(Colour.RED) == fingerprint(Colour.RED) != fingerprint(Colour.BLUE)


class Labelled(list):
    def __init__(self, items, label):
        super().__init__(items)
        self.label = label


Point, Swapped = namedtuple("Point", "x y"), namedtuple("Point", "y x")  # noqa: PYI024

MORE_THAN_BUILTINS = {
    "attributes of a list": (Labelled([1], "relu"), Labelled([1], "tanh")),
    "names of a tuple": (Point(1, 2), Swapped(1, 2)),
    "a default of a mapping": (defaultdict(int), defaultdict(list)),
    "the order of an ordered mapping": (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
}


@pytest.mark.parametrize("pair", MORE_THAN_BUILTINS.values(), ids=MORE_THAN_BUILTINS)
def test_what_a_subclass_adds_to_a_builtin_counts(pair):
    one, other = pair
    assert fingerprint(one) != fingerprint(other)


@given(ARRAYS)
@settings(deadline=None)
def test_an_array_matches_its_copies_in_any_layout(array):
    read_only = array.copy()
    read_only.flags.writeable = False
    spread = np.repeat(array, 2, axis=0)[::2]
    backwards = np.flip(np.flip(array).copy())
    layouts = [np.asfortranarray(array), read_only, spread, backwards, array[...]]
    assert {fingerprint(layout) for layout in layouts} == {fingerprint(array)}


@given(ARRAYS, ARRAYS)
@settings(deadline=None)
def test_arrays_match_if_and_only_if_dtype_shape_and_bytes_do(one, other):
    same = (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    assert (fingerprint(one) == fingerprint(other)) == same


def test_an_array_longer_than_a_chunk_is_hashed_to_its_end():
    array = np.zeros((3, (1 << 21) + 5))
    before = fingerprint(array)
    array[-1, -1] = 1
    assert fingerprint(array) != before
    assert fingerprint(array) == fingerprint(np.asfortranarray(array))


def test_a_memory_map_is_known_by_its_dtype_and_shape_too(tmp_path):
    path = tmp_path / "numbers"
    np.arange(12.0).tofile(path)
    kinds = [("f8", (12,)), ("f8", (3, 4)), ("f8", (4, 3)), ("i8", (12,))]
    maps = [np.memmap(path, dtype=dtype, mode="r", shape=shape) for dtype, shape in kinds]
    assert len({fingerprint(mapped) for mapped in maps}) == len(maps)
    assert fingerprint(maps[1]) == fingerprint(np.arange(12.0).reshape(3, 4))


def test_texts_in_an_object_array_cannot_run_together():
    one, other = np.array(["a-b", "c"], dtype=object), np.array(["a", "b-c"], dtype=object)
    assert fingerprint(one) == fingerprint(one.copy()) != fingerprint(other)


def test_an_object_array_matches_itself_in_any_layout():
    array = np.array([["a", 1], [None, 2.5]], dtype=object)
    assert fingerprint(array) == fingerprint(np.asfortranarray(array)) != fingerprint(array.T)


def test_the_names_of_a_structured_array_count():
    rows = [(1, "a")]
    one = np.array(rows, dtype=[("n", int), ("s", object)])
    other = np.array(rows, dtype=[("m", int), ("s", object)])
    assert fingerprint(one) != fingerprint(other)


def test_a_structured_array_of_any_memory_order_has_a_fingerprint():
    dtype = np.dtype({"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0]})
    assert fingerprint(np.zeros(2, dtype)) == fingerprint(np.zeros(2, dtype))


def test_units_of_time_count():
    assert fingerprint(np.array([1], "M8[s]")) != fingerprint(np.array([1], "M8[D]"))


def test_what_is_under_a_mask_does_not_matter_but_the_mask_does():
    one = np.ma.masked_array([1.0, 2.0], mask=[True, False])
    hidden = np.ma.masked_array([9.0, 2.0], mask=[True, False])
    shown = np.ma.masked_array([1.0, 2.0], mask=[False, False])
    assert fingerprint(one) == fingerprint(hidden) != fingerprint(shown)
    assert fingerprint(shown) != fingerprint(np.array([1.0, 2.0]))


def test_sparse_matrices_match_by_content_format_and_shape():
    dense = np.array([[0.0, 1.0], [2.0, 0.0]])
    kinds = [sp.csr_matrix(dense), sp.csc_matrix(dense), sp.csr_matrix(2 * dense), dense]
    assert len({fingerprint(kind) for kind in kinds}) == len(kinds)
    assert fingerprint(sp.csr_matrix(dense)) == fingerprint(sp.csr_matrix(dense.copy()))
    assert fingerprint(sp.csr_matrix((2, 3))) != fingerprint(sp.csr_matrix((2, 4)))


FRAMES = {
    "numbers": pd.DataFrame({"a": [1, 2]}),
    "other numbers": pd.DataFrame({"a": [1, 3]}),
    "another name": pd.DataFrame({"b": [1, 2]}),
    "a number as name": pd.DataFrame({0: [1, 2]}),
    "its text as name": pd.DataFrame({"0": [1, 2]}),
    "another dtype": pd.DataFrame({"a": np.array([1, 2], dtype=np.int32)}),
    "floats": pd.DataFrame({"a": [1.0, 2.0]}),
    "missing": pd.DataFrame({"a": [1.0, np.nan]}),
    "nullable": pd.DataFrame({"a": pd.array([1, 2], dtype="Int64")}),
    "nullable missing": pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "text": pd.DataFrame({"a": ["1", "2"]}),
    "text missing": pd.DataFrame({"a": ["1", None]}),
    "text as objects": pd.DataFrame({"a": np.array(["1", "2"], dtype=object)}, dtype=object),
    "nullable text": pd.DataFrame({"a": pd.array(["1", "2"], dtype="string")}),
    "category": pd.DataFrame({"a": pd.Categorical([1, 2])}),
    "other codes": pd.DataFrame({"a": pd.Categorical([2, 1])}),
    "more categories": pd.DataFrame({"a": pd.Categorical([1, 2], categories=[1, 2, 3])}),
    "other categories": pd.DataFrame({"a": pd.Categorical(["1", "2"])}),
    "reordered categories": pd.DataFrame({"a": pd.Categorical([1, 2], categories=[2, 1])}),
    "ordered": pd.DataFrame({"a": pd.Categorical([1, 2], ordered=True)}),
    "category missing": pd.DataFrame({"a": pd.Categorical([1, None], categories=[1, 2])}),
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([1, 2])}),
    "times": pd.DataFrame({"a": pd.to_datetime(["2020", "2021"])}),
    "times in a zone": pd.DataFrame({"a": pd.to_datetime(["2020", "2021"], utc=True)}),
    "periods": pd.DataFrame({"a": pd.period_range("2020", periods=2, freq="Y")}),
    "intervals": pd.DataFrame({"a": pd.interval_range(0, 2)}),
    "two columns": pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
    "columns reordered": pd.DataFrame({"b": [3, 4], "a": [1, 2]}),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="int64")}),
    "no columns": pd.DataFrame(index=range(2)),
}


def test_frames_differ_by_names_dtypes_categories_and_missing_values():
    found = {name: fingerprint(frame) for name, frame in FRAMES.items()}
    if FRAMES["text"].equals(FRAMES["text as objects"]):  # before pandas 3 they are the same
        assert found.pop("text as objects") == found["text"]
    assert len(set(found.values())) == len(found), found


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_matches_its_copy_and_its_rows_taken_again(name):
    frame = FRAMES[name]
    doubled = pd.concat([frame, frame]).iloc[: len(frame)]
    assert fingerprint(frame.copy()) == fingerprint(doubled) == fingerprint(frame)


def test_the_index_of_a_frame_does_not_matter():
    frame = FRAMES["two columns"]
    assert fingerprint(frame.set_index(pd.Index(["x", "y"]))) == fingerprint(frame)


def test_texts_of_a_column_cannot_run_together():
    one, other = pd.DataFrame({"a": ["a-b", "c"]}), pd.DataFrame({"a": ["a", "b-c"]})
    assert fingerprint(one) != fingerprint(other)


def test_an_index_of_several_levels_has_a_fingerprint():
    one, other = (pd.MultiIndex.from_tuples([("a", n)]) for n in (1, 2))
    assert fingerprint(one) == fingerprint(one.copy()) != fingerprint(other)


def test_generators_of_random_numbers_match_by_state():
    for make in (np.random.RandomState, np.random.default_rng):
        used = make(0)
        used.normal()
        assert fingerprint(make(0)) == fingerprint(make(0)) != fingerprint(make(1))
        assert fingerprint(used) != fingerprint(make(0))


@pytest.mark.parametrize("make", [threading.Lock, lambda: (n for n in "ab"), lambda: sys])
def test_what_has_no_content_to_go_by_never_matches(make):
    value = make()
    assert fingerprint(value) != fingerprint(value)
    assert fingerprint([value]) != fingerprint([value])


class Knot:
    def __init__(self):
        self.me = self


class Tree:
    def __init__(self, parent=None):
        self.parent, self.children = parent, []

    def grown(self):
        self.children = [Tree(self), Tree(self), Tree(self)]
        return self


@pytest.mark.parametrize("make", [Knot, lambda: Tree().grown()], ids=["knot", "tree"])
def test_an_object_that_holds_itself_never_matches_and_is_done_soon(make):
    value = make()
    assert finished_soon(lambda: fingerprint(value)) != finished_soon(lambda: fingerprint(value))


def test_parts_that_are_shared_many_times_over_are_hashed_once():
    value = [1]
    for _ in range(40):
        value = [value, value]
    assert finished_soon(lambda: fingerprint(value)) == finished_soon(lambda: fingerprint(value))


def finished_soon(work):
    """The result of ``work``, which gets ten seconds in a thread of its own."""
    results = []
    worker = threading.Thread(target=lambda: results.append(work()), daemon=True)
    worker.start()
    worker.join(timeout=10)
    assert results, "not finished after ten seconds"
    return results[0]
