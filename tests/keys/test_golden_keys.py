"""The content keys of small studies, as stored: a key that changes throws away stored work.

If a function now computes something else, its version must change and so must its keys here. If
nothing is computed otherwise, no key may change. Base models are named, not hashed, so that the
keys hold for every version of the packages.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from causal_dask import metalearner_factory
from causal_dask.compile import answers
from causal_dask.compile.compiler import Compiler
from causal_dask.compile.judgements import Repeats, own_losses
from causal_dask.graph.node import data
from causal_dask.graph.walk import visit
from causal_dask.study.study import Base, NewRows, Split, Study, Training
from causal_dask.tasks.models import BaseModel
from causal_dask.tasks.rows import Design
from tests.catalogue import LEARNERS as CATALOGUE
from tests.catalogue import name_of

STORED = Path(__file__).parent / "golden_keys.json"

LEARNERS = [name_of(cls) for cls in CATALOGUE]

ROWS = np.arange(12)


def study_of(learner, n_classes=0, shared=True):
    kinds = [step.name for step in learner.models]
    splits = [Split(data((ROWS + shift) % 2, "folds"), 2) for shift in range(len(kinds))]
    design = Design(encoding="dummies", n_variants=3)
    return Study(
        X=data(np.stack([ROWS, ROWS**2], axis=1).astype(float), "X"),
        y=data(ROWS % n_classes if n_classes else ROWS.astype(float), "y"),
        w=data(ROWS // 2 % 3, "w"),
        n_variants=3,
        n_classes=n_classes,
        bases={k: Base(BaseModel(None, f"a {k}"), k, wants_seed=True, design=design)
               for k in kinds},
        splits=dict(zip(kinds, [splits[0]] * len(kinds) if shared else splits, strict=True)),
        options={"clipping_threshold": 0.01, "adaptive_clipping": True},
        seed=7,
    )  # fmt: skip


def asked(compiler):
    """Fits, and answers on the training rows and on new ones."""
    new = NewRows(data(np.ones((3, 2)), "X"), method="median")
    places = (Training(), new)
    asks = [answers.effects, *([answers.outcomes] if compiler.learner.outcome is not None else [])]
    found = [*answers.kept_results(compiler)]
    found += [ask(compiler, rows) for rows in places for ask in asks]
    judged = Repeats([compiler], "median", Training())
    return [*found, *own_losses(judged, range(3)).values()]


def keys_of(learner, **options):
    """The keys in the order of a visit, by the name of what is called or held."""
    compiler = Compiler(learner, study_of(learner, **options))
    by_call = {}
    for key in visit(asked(compiler)):
        call, _, content = key.rpartition("-")
        by_call.setdefault(call, []).append(content[:10])
    return {call: " ".join(contents) for call, contents in by_call.items()}


def all_keys():
    declarations = {name: metalearner_factory(name).declaration for name in LEARNERS}
    return {
        **{f"{name}, regression": keys_of(d) for name, d in declarations.items()},
        **{f"{name}, own splits": keys_of(d, shared=False) for name, d in declarations.items()},
        **{f"{name}, two classes": keys_of(d, n_classes=2) for name, d in declarations.items()},
    }


def test_the_keys_of_small_studies_are_the_stored_ones(stored):
    keys = all_keys()
    assert keys == json.loads(stored(STORED, json.dumps(keys, indent=1) + "\n"))


@pytest.mark.parametrize("name", LEARNERS)
def test_keys_do_not_depend_on_what_a_base_model_is_but_on_what_it_says_it_is(name):
    declaration = metalearner_factory(name).declaration
    one, other = study_of(declaration), study_of(declaration)
    for base in other.bases.values():
        object.__setattr__(base.model, "estimator", object())
    keys = [list(visit(asked(Compiler(declaration, study)))) for study in (one, other)]
    assert keys[0] == keys[1]
