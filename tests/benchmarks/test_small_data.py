"""One small learner with quick models takes at most twice as long as a plain loop.

A T-learner of two variants and five folds on 1,000 rows: 12 linear fits and 10 predictions. All
give the effects of the training rows. The loop is run as it is, and with BLAS on one thread, which
is quicker on data this small: the quicker one is what counts. A minute.
"""

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from causal_dask import TLearner
from tests.benchmarks.five_learners import estimated
from tests.benchmarks.goals import check
from tests.benchmarks.plain_loop import effects_on, plain_t_learner
from tests.benchmarks.record import Record
from tests.benchmarks.sizes import rounds
from tests.benchmarks.studies import study_of
from tests.benchmarks.timing import alternated, median_ratio, medians, warmed

N_ROWS, N_FOLDS = 1_000, 5
ROUNDS = rounds(300, quick=20)
GOAL = 2.0

RECORD = Record(
    name="small_data",
    title="A small T-learner against a plain loop",
    identity=("rows",),
    measure="ratio",
    note=(
        "Milliseconds of `fit` and `predict` on the training rows, and of a loop over scikit- "
        "learn models that does the same fits and predictions, with BLAS as it is and on one "
        "thread; the ratio is to the faster loop. Linear models, 5 folds, medians."
    ),
)


def learner(**options):
    return TLearner(
        nuisance_model_factory=LinearRegression, n_folds=N_FOLDS, random_state=0, **options
    )


def on_one_thread(study):
    with threadpool_limits(1):
        return plain_t_learner(LinearRegression(), study, N_FOLDS)


def test_a_small_learner_takes_at_most_twice_as_long_as_a_plain_loop():
    study = study_of(N_ROWS)
    runs = {
        "ours": lambda: estimated(learner(), study),
        "loop": lambda: plain_t_learner(LinearRegression(), study, N_FOLDS),
        "loop on one thread": lambda: on_one_thread(study),
    }
    seconds = alternated(warmed(runs), ROUNDS)
    milliseconds = {name: found * 1e3 for name, found in medians(seconds).items()}
    ratio = max(median_ratio(seconds, "ours", name) for name in runs if name != "ours")
    RECORD.keep({"rows": N_ROWS} | milliseconds | {"ratio": ratio, "goal": GOAL})
    check(f"T-learner, {N_ROWS:,} rows, against a loop", ratio, GOAL)


def test_the_loop_gives_the_effects_of_the_learner():
    X, y, w = study = study_of(N_ROWS)
    folds = list(StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(X, w))
    ours = learner().fit(X, y, w, cv=folds).predict(X)[:, 0, 0]
    np.testing.assert_allclose(effects_on(LinearRegression(), study, folds), ours, atol=1e-10)
