"""A learner's ONNX file gives the effects that its predict gives, without this package."""

import subprocess
import sys

import lightgbm
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightFloats
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from causal_dask import DRLearner, FixedBinaryPropensity, SLearner, TLearner, XLearner, load
from causal_dask.datasets import make_study
from causal_dask.errors import InvalidInput
from causal_dask.spec import Learner, Model, Ref, control, formula, treated
from tests.catalogue import LEARNERS

MODELS = {
    "linear": (LinearRegression(), LogisticRegression()),
    "xgboost": (XGBRegressor(n_estimators=10), XGBClassifier(n_estimators=10)),
    "lightgbm": (
        lightgbm.LGBMRegressor(n_estimators=10, verbose=-1),
        lightgbm.LGBMClassifier(n_estimators=10, verbose=-1),
    ),
    "hist": (
        HistGradientBoostingRegressor(max_iter=10),
        HistGradientBoostingClassifier(max_iter=10),
    ),
    "pipeline": (
        make_pipeline(StandardScaler(), Ridge()),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ),
    "pipeline of trees": (
        make_pipeline(StandardScaler(), HistGradientBoostingRegressor(max_iter=10)),
        make_pipeline(StandardScaler(), XGBClassifier(n_estimators=10)),
    ),
}


@pytest.fixture(scope="module")
def study():
    return make_study(600, n_variants=3, random_state=0)


@pytest.fixture(scope="module")
def frame(study):
    X = pd.DataFrame(study.X[:, :3]).add_prefix("x")
    rng = np.random.default_rng(1)
    X["age"] = rng.integers(18, 80, len(X))
    X["smokes"] = rng.random(len(X)) < 0.3
    return X


def learner_of(cls, regressor, classifier, classifies=False, **other):
    """A learner with these base models where it has any."""
    models = cls.declaration.models
    roles = {model.role for model in models}
    given = {"n_folds": 2, "random_state": 0, **other}
    if "outcome" in roles:
        given["nuisance_model_factory"] = classifier if classifies else regressor
    elif classifies:
        given["is_classification"] = True
    if "propensity" in roles:
        given["propensity_model_factory"] = classifier
    if "effect" in roles:
        given["treatment_model_factory"] = regressor
    return cls(**given)


def served(path, feeds):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (tau,) = session.run(["tau"], feeds)
    return tau


def columns_of(session, X):
    """Each column of a frame as the input of its name takes it."""
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(string)": object}
    return {
        given.name: X[given.name].to_numpy().astype(types[given.type]).reshape(-1, 1)
        for given in session.get_inputs()
    }


@pytest.mark.parametrize(
    ("models", "classifies"),
    [
        *((name, False) for name in MODELS),
        *((name, True) for name in ("linear", "hist", "lightgbm")),
    ],
)
@pytest.mark.parametrize("cls", LEARNERS)
def test_the_file_gives_the_effects_of_predict(cls, classifies, models, study, tmp_path):
    y = (study.y > np.median(study.y)).astype(int) if classifies else study.y
    learner = learner_of(cls, *MODELS[models], classifies).fit(study.X, y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx", study.X, dtype="float64")
    expected = learner.predict(study.X, is_oos=True)
    found = served(path, {"X": study.X})
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("cls", LEARNERS)
def test_float32_is_what_is_taken_by_default(cls, tmp_path):
    study = make_study(400, random_state=1)
    learner = learner_of(cls, *MODELS["lightgbm"]).fit(study.X, study.y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx")
    expected = learner.predict(study.X, is_oos=True)
    found = served(path, {"X": study.X.astype(np.float32)})
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5 * max(1, np.abs(expected).max()))


def test_several_classes(study, tmp_path):
    y = np.digitize(study.y, np.quantile(study.y, [0.3, 0.6]))
    learner = learner_of(TLearner, *MODELS["linear"], classifies=True).fit(study.X, y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx")
    found = served(path, {"X": study.X.astype(np.float32)})
    assert found.shape == (len(y), 2, 3)
    np.testing.assert_allclose(found, learner.predict(study.X, is_oos=True), atol=1e-5)


@pytest.mark.parametrize("kind", ["frame", "polars", "sparse"])
def test_tables_of_numbers_are_one_matrix(kind, study, frame, tmp_path):
    make = {"frame": lambda X: X, "polars": pl.from_pandas, "sparse": sp.csr_matrix}
    numbers = frame.astype(float) if kind == "sparse" else frame
    X = make[kind](numbers)
    models = MODELS["linear" if kind == "sparse" else "xgboost"]
    learner = learner_of(SLearner, *models).fit(X, study.y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx", X)
    found = served(path, {"X": frame.to_numpy(np.float32)})
    np.testing.assert_allclose(found, learner.predict(X, is_oos=True), atol=1e-5)


def test_models_see_the_columns_that_they_saw_in_fit(study, frame, tmp_path):
    learner = learner_of(
        XLearner, *MODELS["linear"],
        feature_set={
            "propensity_model": ["age"], "variant_outcome_model": None,
            "treatment_effect_model": ["x2", "x0"], "control_effect_model": [],
        },
    ).fit(frame, study.y, study.w)  # fmt: skip
    path = learner.to_onnx(tmp_path / "effects.onnx")
    found = served(path, {"X": frame.to_numpy(np.float32)})
    np.testing.assert_allclose(found, learner.predict(frame, is_oos=True), atol=1e-5)


WORDS = ["cook", "nurse", "smith"]


def encoding_pipeline():
    columns = make_column_transformer(
        (StandardScaler(), ["x0", "age"]), (OneHotEncoder(), ["job"]), remainder="passthrough"
    )
    return make_pipeline(columns, Ridge())


@pytest.mark.parametrize("cls", [SLearner, TLearner])
@pytest.mark.parametrize("dtype", [object, "category"])
def test_columns_of_words_are_inputs_of_their_own(cls, dtype, study, frame, tmp_path):
    X = frame.assign(job=np.random.default_rng(2).choice(WORDS, len(frame)))
    X["job"] = X["job"].astype(dtype)
    y = study.y + 3 * ((X["job"] == "cook") & (study.w == 1)).to_numpy()
    learner = cls(nuisance_model_factory=encoding_pipeline(), n_folds=2, random_state=0)
    path = learner.fit(X, y, study.w).to_onnx(tmp_path / "effects.onnx", X)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [given.name for given in session.get_inputs()] == list(X.columns)
    (found,) = session.run(["tau"], columns_of(session, X))
    np.testing.assert_allclose(found, learner.predict(X, is_oos=True), atol=2e-5)


@pytest.mark.parametrize("cls", [SLearner, TLearner])
def test_lightgbm_gets_the_codes_of_categories(cls, study, frame, tmp_path):
    rng = np.random.default_rng(2)
    X = frame.assign(
        job=pd.Categorical(rng.choice(WORDS, len(frame)), categories=WORDS[::-1]),
        zone=pd.Categorical(rng.choice([10, 12, -3], len(frame))),
    )
    y = study.y + 3 * ((X["job"] == "cook") & (study.w == 1)).to_numpy()
    model = lightgbm.LGBMRegressor(n_estimators=30, verbose=-1)
    learner = cls(nuisance_model_factory=model, n_folds=2, random_state=0).fit(X, y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(["tau"], columns_of(session, X))
    expected = learner.predict(X, is_oos=True)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("propensities", [0.3, "model"])
def test_known_propensities_need_no_converter(propensities, tmp_path):
    study = make_study(400, random_state=0)
    learner = learner_of(XLearner, *MODELS["linear"])
    if propensities == "model":
        learner.set_params(
            propensity_model_factory=FixedBinaryPropensity,
            propensity_model_params={"propensity_score": 0.3},
        )
        learner.fit(study.X, study.y, study.w)
    else:
        learner.fit(study.X, study.y, study.w, propensities=propensities)
    found = served(learner.to_onnx(tmp_path / "e.onnx"), {"X": study.X.astype(np.float32)})
    np.testing.assert_allclose(found, learner.predict(study.X, is_oos=True), atol=1e-5)


def test_the_file_says_what_it_is(study, frame, tmp_path):
    arms = np.array(["none", "low", "high"])[study.w]
    learner = learner_of(TLearner, *MODELS["linear"], control="none").fit(frame, study.y, arms)
    made = onnx.load(learner.to_onnx(tmp_path / "effects.onnx"))
    about = {each.key: each.value for each in made.metadata_props}
    assert about["variants"] == '["none", "high", "low"]'
    assert about["covariates"] == '["x0", "x1", "x2", "age", "smokes"]'
    assert about["learner"] == '"T"'


def test_a_saved_learner_can_be_exported(study, tmp_path):
    learner = learner_of(TLearner, *MODELS["linear"]).fit(study.X, study.y, study.w)
    path = load(learner.save(tmp_path / "saved")).to_onnx(tmp_path / "effects.onnx")
    found = served(path, {"X": study.X.astype(np.float32)})
    np.testing.assert_allclose(found, learner.predict(study.X, is_oos=True), atol=1e-5)


SERVE = """
import sys
sys.modules["causal_dask"] = None
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
(tau,) = session.run(["tau"], {"X": np.load(sys.argv[2]).astype("float32")})
np.save(sys.argv[3], tau)
"""


def test_a_file_is_served_without_this_package(study, tmp_path):
    learner = learner_of(DRLearner, *MODELS["xgboost"]).fit(study.X, study.y, study.w)
    path = learner.to_onnx(tmp_path / "effects.onnx")
    np.save(tmp_path / "X.npy", study.X)
    files = [str(path), str(tmp_path / "X.npy"), str(tmp_path / "tau.npy")]
    subprocess.run([sys.executable, "-c", SERVE, *files], check=True)
    found, expected = np.load(tmp_path / "tau.npy"), learner.predict(study.X, is_oos=True)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


class TestConvertedByTheCaller:
    """``_necessary_onnx_models`` and ``_build_onnx``, as metalearners has them."""

    @pytest.mark.parametrize("classifies", [False, True])
    @pytest.mark.parametrize("cls", LEARNERS)
    def test_models_of_skl2onnx(self, cls, classifies, study):
        y = (study.y > np.median(study.y)).astype(int) if classifies else study.y
        learner = learner_of(cls, *MODELS["linear"], classifies).fit(study.X, y, study.w)
        width = study.X.shape[1] + (2 if cls is SLearner else 0)
        types = [("X", FloatTensorType([None, width]))]
        converted = {
            kind: [
                convert_sklearn(
                    model, initial_types=types,
                    options={"zipmap": False} if hasattr(model, "predict_proba") else None,
                )
                for model in models
            ]
            for kind, models in learner._necessary_onnx_models().items()
        }  # fmt: skip
        made = learner._build_onnx(converted, output_name="effect")
        session = onnxruntime.InferenceSession(made.SerializeToString())
        (found,) = session.run(["effect"], {"X": study.X.astype(np.float32)})
        expected = learner.predict(study.X, is_oos=True)
        np.testing.assert_allclose(found, expected, atol=1e-5 * max(1, np.abs(expected).max()))

    def test_models_of_different_opsets(self, study):
        learner = learner_of(TLearner, *MODELS["lightgbm"]).fit(study.X, study.y, study.w)
        types = [("X", LightFloats([None, study.X.shape[1]]))]
        converted = [
            convert_lightgbm(model, initial_types=types, target_opset=opset)
            for model, opset in zip(
                learner._necessary_onnx_models()["variant_outcome_model"], [13, 15, 12],
                strict=True,
            )
        ]  # fmt: skip
        made = learner._build_onnx({"variant_outcome_model": converted})
        session = onnxruntime.InferenceSession(made.SerializeToString())
        (found,) = session.run(["tau"], {"X": study.X.astype(np.float32)})
        np.testing.assert_allclose(found, learner.predict(study.X, is_oos=True), atol=1e-5)

    def test_what_is_missing_is_told(self, study):
        learner = learner_of(DRLearner, *MODELS["linear"]).fit(study.X, study.y, study.w)
        assert list(learner._necessary_onnx_models()) == ["treatment_model"]
        one = learner._necessary_onnx_models()["treatment_model"][0]
        made = convert_sklearn(one, initial_types=[("X", FloatTensorType([None, 6]))])
        other = convert_sklearn(one, initial_types=[("Z", FloatTensorType([None, 6]))])
        with pytest.raises(InvalidInput, match="as many as"):
            learner._build_onnx({"treatment_model": [made]})
        with pytest.raises(InvalidInput, match="same inputs"):
            learner._build_onnx({"treatment_model": [made, other]})
        part = learner_of(DRLearner, *MODELS["linear"], feature_set=[0]).fit(
            study.X, study.y, study.w
        )
        with pytest.raises(InvalidInput, match="feature_set"):
            part._build_onnx({"treatment_model": [made, made]})


class Doubled(RegressorMixin, BaseEstimator):
    """A model that no converter knows."""

    def fit(self, X, y):
        self.mean_ = y.mean() + 0 * len(X)
        return self

    def predict(self, X):
        return np.full(len(X), 2 * self.mean_)


class TestRefused:
    """One error says what stands in the way, and no file is left."""

    @pytest.mark.parametrize(
        "model", [Doubled(), make_pipeline(SplineTransformer(), Ridge())], ids=["own", "splines"]
    )
    def test_models_without_a_converter(self, model, study, tmp_path):
        learner = learner_of(TLearner, model, None).fit(study.X, study.y, study.w)
        with pytest.raises(InvalidInput, match="variant_outcome_model of variant 1, a"):
            learner.to_onnx(tmp_path / "effects.onnx")
        assert not list(tmp_path.iterdir())

    def test_the_error_names_the_variant_by_its_label_and_ends_in_whole_words(
        self, study, tmp_path
    ):
        words = np.array(["usual care", "new drug", "old drug"])[study.w]
        learner = learner_of(TLearner, Doubled(), None).set_params(control="usual care")
        with pytest.raises(InvalidInput, match="of variant 'new drug', a") as caught:
            learner.fit(study.X, study.y, words).to_onnx(tmp_path / "effects.onnx")
        assert " … Use linear models" in str(caught.value)

    def test_a_converter_that_is_wrong_about_categories(self, study, frame, tmp_path):
        model = HistGradientBoostingRegressor(max_iter=10, categorical_features="from_dtype")
        learner = learner_of(SLearner, model, None).fit(frame, study.y, study.w)
        with pytest.raises(InvalidInput, match="does not give the effects that predict gives"):
            learner.to_onnx(tmp_path / "effects.onnx")
        assert not list(tmp_path.iterdir())

    def test_float32_where_thresholds_are_values(self, study, tmp_path):
        model = make_pipeline(StandardScaler(), HistGradientBoostingRegressor(max_iter=30))
        learner = learner_of(TLearner, model, None).fit(study.X, study.y, study.w)
        with pytest.raises(InvalidInput, match="dtype='float64'"):
            learner.to_onnx(tmp_path / "effects.onnx", study.X, tolerance=1e-9)

    def test_zeros_of_a_sparse_matrix_that_are_missing_to_the_model(self, study, tmp_path):
        X = sp.csr_matrix(np.where(study.X > 0, study.X, 0))
        learner = learner_of(TLearner, *MODELS["xgboost"]).fit(X, study.y, study.w)
        with pytest.raises(InvalidInput, match="does not give the effects"):
            learner.to_onnx(tmp_path / "effects.onnx")

    def test_dates(self, study, frame, tmp_path):
        X = frame.assign(day=pd.Timestamp("2020-01-01"))
        learner = learner_of(TLearner, *MODELS["linear"], feature_set=["x0"])
        learner.fit(X, study.y, study.w)
        with pytest.raises(InvalidInput, match="'day' holds dates"):
            learner.to_onnx(tmp_path / "effects.onnx", X)

    def test_words_without_rows_to_compare_on(self, study, frame, tmp_path):
        X = frame.assign(job="cook")
        learner = TLearner(nuisance_model_factory=encoding_pipeline(), n_folds=2)
        with pytest.raises(InvalidInput, match="Pass 'X'"):
            learner.fit(X, study.y, study.w).to_onnx(tmp_path / "effects.onnx")

    @pytest.mark.parametrize(
        ("other", "message"),
        [
            ({"n_repeats": 2}, "n_repeats"),
            ({"enable_overall": False}, "not fitted on all rows"),
            ({"keep_models": False}, "not fitted on all rows"),
        ],
    )
    def test_learners_without_one_model_of_all_rows(self, other, message, study, tmp_path):
        learner = learner_of(TLearner, *MODELS["linear"], **other).fit(study.X, study.y, study.w)
        with pytest.raises(InvalidInput, match=message):
            learner.to_onnx(tmp_path / "effects.onnx")

    def test_arguments(self, study, tmp_path):
        learner = learner_of(TLearner, *MODELS["linear"]).fit(study.X, study.y, study.w)
        with pytest.raises(InvalidInput, match="no folder"):
            learner.to_onnx(tmp_path / "missing" / "effects.onnx")
        with pytest.raises(InvalidInput, match="'dtype'"):
            learner.to_onnx(tmp_path / "effects.onnx", dtype="float16")
        with pytest.raises(TypeError, match="'path'"):
            learner.to_onnx(3)

    def test_a_formula_that_has_no_translation(self, study, tmp_path):
        class TwiceLearner(TLearner, declaration=TWICE):
            pass

        learner = TwiceLearner(nuisance_model_factory=Ridge, n_folds=2)
        with pytest.raises(InvalidInput, match="formula 'effect'"):
            learner.fit(study.X, study.y, study.w).to_onnx(tmp_path / "effects.onnx")


def twice_the_difference(treated_outcome, control_outcome):
    return 2 * (treated_outcome - control_outcome)


TWICE = Learner(
    name="Twice",
    steps=(
        Model("variant_outcome_model", "outcome", target="y", per="variant", rows="variant"),
        formula(
            "effect", twice_the_difference,
            treated_outcome=treated("variant_outcome_model"),
            control_outcome=control("variant_outcome_model"),
        ),
    ),
    effect=Ref("effect"),
)  # fmt: skip
