"""Numbers of metalearners 0.13 itself, on a study small enough to be a formula.

They were printed by metalearners 0.13 with scikit-learn 1.7.2 and ``random_state=0``. It draws a
split for each model, of the rows that this model is trained on, and predicts all other rows with
the model fitted on all of these. Here such models are fitted one by one and then given to the
learner, which is what makes the in-sample numbers comparable; see ``docs/migration.md``.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold

from causal_dask import DRLearner, RLearner, SLearner, TLearner, XLearner

ROWS = np.arange(60)
X = np.column_stack([np.sin(ROWS), np.cos(3.0 * ROWS), (ROWS % 5) / 4])
NEW = X[:2] + 0.25
FOLDS = KFold(3, shuffle=True, random_state=0)

# Both packages fit the same models on the same rows: only rounding is between them.
TOLERANCE = {"rel": 0, "abs": 1e-8}

PEER = {
    "SLearner": {
        "in-sample": [[0.624504953774, 1.164826772], [0.624504953774, 1.164826772]],
        "overall": [[0.664078253164, 1.11047738127], [0.664078253164, 1.11047738127]],
        "mean": [[0.652624459129, 1.13019665172], [0.652624459129, 1.13019665172]],
        "median": [[0.624504953774, 1.164826772], [1.02981510622, 1.4525811734]],
        "outcomes in-sample": [
            [-0.592166210982, 0.0323387427922, 0.572660561023],
            [2.13242223615, 2.75692718993, 3.29724900816],
        ],
        "outcomes": [
            [0.251084684046, 0.91516293721, 1.36156206531],
            [3.37198614562, 4.03606439878, 4.48246352688],
        ],
        "scores": {"base_model_neg_root_mean_squared_error": -1.00338952384},
        "scores new": {"base_model_neg_root_mean_squared_error": -1.18032756348},
    },
    "TLearner": {
        "in-sample": [[0.774174060374, 0.972104586545], [1.07023127221, 2.0359848971]],
        "overall": [[0.828942698135, 1.10561336902], [1.49959343189, 2.44990495044]],
        "mean": [[0.520406753295, 1.02725338689], [1.51615725092, 2.44543068993]],
        "median": [[0.75504045947, 1.01962821138], [1.33431537949, 2.51009974357]],
        "outcomes in-sample": [
            [-0.694732729616, 0.0794413307582, 0.277371856929],
            [2.06412608022, 3.13435735243, 4.10011097732],
        ],
        "outcomes": [
            [0.201064488753, 1.03000718689, 1.30667785778],
            [2.67951202773, 4.17910545962, 5.12941697817],
        ],
        "scores": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.85188847484,
            "variant_outcome_model_1_neg_root_mean_squared_error": -0.891166307168,
            "variant_outcome_model_2_neg_root_mean_squared_error": -0.702685558881,
        },
        "scores new": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.943138493705,
            "variant_outcome_model_1_neg_root_mean_squared_error": -1.155849726,
            "variant_outcome_model_2_neg_root_mean_squared_error": -1.18016047633,
        },
    },
    "XLearner": {
        "in-sample": [[0.606289014352, 0.817107873887], [1.11726082648, 2.0359848971]],
        "overall": [[0.828942698135, 1.10561336902], [1.49959343189, 2.44990495044]],
        "mean": [[0.635677440767, 1.06449328849], [1.50859407233, 2.45058000383]],
        "outcomes in-sample": [
            [-0.694732729616, 0.0794413307582, 0.277371856929],
            [2.06412608022, 3.13435735243, 4.10011097732],
        ],
        "outcomes": [
            [0.201064488753, 1.03000718689, 1.30667785778],
            [2.67951202773, 4.17910545962, 5.12941697817],
        ],
        "scores": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.85188847484,
            "variant_outcome_model_1_neg_root_mean_squared_error": -0.891166307168,
            "variant_outcome_model_2_neg_root_mean_squared_error": -0.702685558881,
            "propensity_model_neg_log_loss": -1.29929402792,
            "treatment_effect_model_1_vs_0_neg_root_mean_squared_error": -0.891166307168,
            "treatment_effect_model_2_vs_0_neg_root_mean_squared_error": -0.702685558881,
            "control_effect_model_1_vs_0_neg_root_mean_squared_error": -0.85188847484,
            "control_effect_model_2_vs_0_neg_root_mean_squared_error": -0.85188847484,
        },
        "scores new": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.943138493705,
            "variant_outcome_model_1_neg_root_mean_squared_error": -1.155849726,
            "variant_outcome_model_2_neg_root_mean_squared_error": -1.18016047633,
            "propensity_model_neg_log_loss": -1.08795860564,
            "treatment_effect_model_1_vs_0_neg_root_mean_squared_error": -1.155849726,
            "treatment_effect_model_2_vs_0_neg_root_mean_squared_error": -1.18016047633,
            "control_effect_model_1_vs_0_neg_root_mean_squared_error": -0.943138493705,
            "control_effect_model_2_vs_0_neg_root_mean_squared_error": -0.943138493705,
        },
        "propensities": [
            [0.403323234419, 0.270330455467, 0.326346310115],
            [0.358196008935, 0.357260555264, 0.284543435801],
        ],
        "propensities new": [
            [0.457437390004, 0.24069977786, 0.301862832136],
            [0.359595727979, 0.311367995975, 0.329036276046],
        ],
    },
    "DRLearner": {
        "in-sample": [[1.30256781949, 0.871485568873], [0.102327868766, 1.64332921494]],
        "overall": [[1.64056480313, 1.06781526016], [1.58106089589, 2.50407375832]],
        "mean": [[1.7603253002, 1.14421212227], [1.61522644994, 2.54613446306]],
        "median": [[2.08137705322, 1.28987601327], [1.31501800739, 2.43320281725]],
        "outcomes in-sample": [
            [-0.694732729616, 0.0794413307582, 0.277371856929],
            [2.06412608022, 3.13435735243, 4.10011097732],
        ],
        "outcomes": [
            [0.201064488753, 1.03000718689, 1.30667785778],
            [2.67951202773, 4.17910545962, 5.12941697817],
        ],
        "scores": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.85188847484,
            "variant_outcome_model_1_neg_root_mean_squared_error": -0.891166307168,
            "variant_outcome_model_2_neg_root_mean_squared_error": -0.702685558881,
            "propensity_model_neg_log_loss": -1.1772399512,
            "treatment_model_1_vs_0_neg_root_mean_squared_error": -2.62159896865,
            "treatment_model_2_vs_0_neg_root_mean_squared_error": -2.29134904789,
        },
        "scores new": {
            "variant_outcome_model_0_neg_root_mean_squared_error": -0.943138493705,
            "variant_outcome_model_1_neg_root_mean_squared_error": -1.155849726,
            "variant_outcome_model_2_neg_root_mean_squared_error": -1.18016047633,
            "propensity_model_neg_log_loss": -1.08795860564,
            "treatment_model_1_vs_0_neg_root_mean_squared_error": -2.82123429174,
            "treatment_model_2_vs_0_neg_root_mean_squared_error": -2.58919378841,
        },
        "propensities": [
            [0.38279754934, 0.230970448424, 0.386232002236],
            [0.454460252026, 0.268759805987, 0.276779941986],
        ],
        "propensities new": [
            [0.457437390004, 0.24069977786, 0.301862832136],
            [0.359595727979, 0.311367995975, 0.329036276046],
        ],
        "ATE": [[0.939907788938, 1.14783969899], [0.31599640861, 0.288275265202]],
    },
    "RLearner": {
        "in-sample": [[-0.748181597249], [1.44284553854]],
        "overall": [[0.0803935641644], [1.74393594899]],
        "mean": [[0.0497045149096], [1.79827370496]],
        "median": [[0.153142764787], [1.83094607039]],
        "outcomes in-sample": [[0.135549429033, -0.612632168216], [1.63028437352, 3.07312991206]],
        "outcomes": [[0.445719820151, 0.526113384316], [2.29204379605, 4.03597974504]],
        "scores": {
            "propensity_model_neg_log_loss": -0.751216840646,
            "outcome_model_neg_root_mean_squared_error": -0.96137156496,
            "r_loss_1_vs_0": 0.876789898869,
            "treatment_model_1_vs_0_neg_root_mean_squared_error": -1.66349079017,
        },
        "scores new": {
            "propensity_model_neg_log_loss": -0.682394428282,
            "outcome_model_neg_root_mean_squared_error": -1.04450920541,
            "r_loss_1_vs_0": 0.994417399618,
            "treatment_model_1_vs_0_neg_root_mean_squared_error": -2.01042922651,
        },
        "propensities": [[0.440348378564, 0.559651621436], [0.625780168007, 0.374219831993]],
        "propensities new": [[0.609151375079, 0.390848624921], [0.531979971656, 0.468020028344]],
    },
}


def study(n_variants):
    w = (ROWS * ROWS + ROWS // 7) % n_variants
    return X, X @ [1.0, -0.5, 2.0] + w * (0.5 + X[:, 0]) + np.sin(7.0 * ROWS), w


def learner(cls):
    return cls(
        nuisance_model_factory=LinearRegression,
        propensity_model_factory=LogisticRegression,
        propensity_model_params={"solver": "newton-cholesky", "tol": 1e-12},
        treatment_model_factory=LinearRegression,
        n_folds=3,
        random_state=0,
    )


def whole(cls, n_variants):
    """A learner whose models are all trained on all rows, so that they share a split there too."""
    return learner(cls).fit(*study(n_variants), cv=FOLDS)


def by_variant(cls, propensity_folds=FOLDS):
    """A learner whose outcome models have splits of their variant's rows."""
    made, (_, y, w) = learner(cls), study(3)
    for variant in range(3):
        rows, kind = w == variant, "variant_outcome_model"
        made.fit_nuisance(X[rows], y[rows], kind, variant, cv=FOLDS)
    if "propensity_model" in cls.nuisance_model_specifications():
        made.fit_nuisance(X, w, "propensity_model", 0, cv=propensity_folds)
    return made.fit_all_treatment(X, y, w, cv=FOLDS)


def x_learner():
    """An X-learner whose effect models have splits of their rows, too."""
    made = by_variant(XLearner, StratifiedKFold(3, shuffle=True, random_state=0))
    _, y, w = study(3)
    mu = [made.predict_nuisance(X, "variant_outcome_model", k, False) for k in range(3)]
    for k in (1, 2):
        treated, control = w == k, w == 0
        gain, loss = (y - mu[0])[treated], (mu[k] - y)[control]
        made.fit_treatment(X[treated], gain, "treatment_effect_model", k - 1, cv=FOLDS)
        made.fit_treatment(X[control], loss, "control_effect_model", k - 1, cv=FOLDS)
    return made.fit_all_treatment(X, y, w, cv=FOLDS)


@pytest.fixture(scope="module")
def fitted():
    return {
        "SLearner": whole(SLearner, 3),
        "TLearner": by_variant(TLearner),
        "XLearner": x_learner(),
        "DRLearner": by_variant(DRLearner),
        "RLearner": whole(RLearner, 2),
    }


METHODS = ("overall", "mean", "median")
WAYS = [(name, method) for name in PEER for method in METHODS if method in PEER[name]]
"""All but the X-learner's median: metalearners takes no median of propensities."""

all_learners = pytest.mark.parametrize("name", PEER)
with_propensities = pytest.mark.parametrize("name", ["XLearner", "DRLearner", "RLearner"])


def assert_peers(found, name, what):
    np.testing.assert_allclose(found, PEER[name][what], rtol=0, atol=TOLERANCE["abs"])


@pytest.mark.parity("metalearners", "effects of training rows: S, T, X, R, DR")
@all_learners
def test_effects_of_training_rows_are_metalearners(fitted, name):
    assert_peers(fitted[name].predict(X, False)[:2, :, 0], name, "in-sample")


@pytest.mark.parity("metalearners", "effects of new rows: S, T, X, R, DR; overall, mean, median")
@pytest.mark.parametrize(("name", "method"), WAYS)
def test_effects_of_new_rows_are_metalearners(fitted, name, method):
    assert_peers(fitted[name].predict(NEW, True, method)[..., 0], name, method)


@pytest.mark.parity("metalearners", "average outcomes of each variant")
@all_learners
def test_outcomes_are_metalearners(fitted, name):
    found = fitted[name].predict_conditional_average_outcomes
    assert_peers(found(X, False)[:2, :, 0], name, "outcomes in-sample")
    assert_peers(found(NEW, True)[..., 0], name, "outcomes")


@pytest.mark.parity("metalearners", "propensities")
@with_propensities
def test_propensities_are_metalearners(fitted, name):
    found = fitted[name].predict_nuisance
    assert_peers(found(X, "propensity_model", 0, False)[:2], name, "propensities")
    assert_peers(found(NEW, "propensity_model", 0, True), name, "propensities new")


@pytest.mark.parity("metalearners", "scores of all models, and their names")
@all_learners
def test_scores_and_their_names_are_metalearners(fitted, name):
    _, y, w = study(fitted[name].n_variants_)
    found = fitted[name].evaluate(X, y, w, False)
    assert found == pytest.approx(PEER[name]["scores"], **TOLERANCE)


@all_learners
def test_scores_on_new_rows_are_metalearners(fitted, name):
    _, y, w = study(fitted[name].n_variants_)
    found = fitted[name].evaluate(X + 0.25, y, w, True)
    assert found == pytest.approx(PEER[name]["scores new"], **TOLERANCE)


@pytest.mark.parity("metalearners", "ATE and standard error")
def test_the_average_effect_and_its_error_are_metalearners(fitted):
    found = fitted["DRLearner"].average_treatment_effect(*study(3), False)
    assert_peers(tuple(found), "DRLearner", "ATE")
