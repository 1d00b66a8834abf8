"""What users do wrong, and the whole of what they are told: which argument, what, what next."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVC, LinearSVC

from causal_dask import (
    DRLearner,
    InvalidInput,
    InvalidType,
    NotFitted,
    RLearner,
    SLearner,
    TLearner,
    TrainingRows,
    metalearner_factory,
    simplify_output,
)
from tests.catalogue import learner_of

N = 200
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
FRAME = pd.DataFrame(X, columns=list("abc"))
W = RNG.integers(0, 2, N)
W3 = np.arange(N) % 3
Y = X[:, 0] + W + RNG.normal(size=N)
CLASSES = (Y > 0).astype(int)
ROW = np.arange(N)

DR_KINDS = "['propensity_model', 'variant_outcome_model', 'treatment_model']"


learner = partial(learner_of, n_folds=5)


def classifying(cls=DRLearner, **changes):
    return learner(cls, nuisance_model_factory=LogisticRegression, **changes)


def with_value(values, row, value, dtype=float):
    changed = np.asarray(values).astype(dtype)
    changed[row] = value
    return changed


DATA = {
    "lengths differ": (
        lambda: learner().fit(X, Y[:-1], W),
        (
            "'X', 'y' and 'w' must have as many rows as each other: 'X' has 200, 'y' has 199, 'w' has "
            "200."
        ),
    ),
    "pandas indices disagree": (
        lambda: learner().fit(FRAME, pd.Series(Y, index=ROW + 1), W),
        (
            "The pandas indices of 'X' and 'y' differ, so their rows may not belong together. Align "
            "them, or pass one of them as a NumPy array."
        ),
    ),
    "indices of y and w disagree": (
        lambda: learner().fit(X, pd.Series(Y), pd.Series(W, index=ROW[::-1])),
        (
            "The pandas indices of 'y' and 'w' differ, so their rows may not belong together. Align "
            "them, or pass one of them as a NumPy array."
        ),
    ),
    "NaN in y": (
        lambda: learner().fit(X, with_value(Y, 3, np.nan), W),
        (
            "'y' has 1 missing or infinite values, the first at position 3. Remove those rows from X, y and "
            "w, or impute the values."
        ),
    ),
    "infinity in y": (
        lambda: learner().fit(X, with_value(Y, [3, 9], -np.inf), W),
        (
            "'y' has 2 missing or infinite values, the first at position 3. Remove those rows from X, y and "
            "w, or impute the values."
        ),
    ),
    "the name of a column for y": (
        lambda: learner().fit(FRAME, "gain", W),
        (
            "'y' must be one column, with an entry for each row of 'X'. Got the word 'gain'. If it names a "
            "column, pass the column: table['gain']."
        ),
    ),
    "NaN in w": (
        lambda: learner().fit(X, Y, with_value(W, 0, np.nan)),
        (
            "'w' has 1 missing or infinite values, the first at position 0. Remove those rows from X, y and "
            "w, or impute the values."
        ),
    ),
    "None in w": (
        lambda: learner().fit(X, Y, with_value(W, 0, None, dtype=object)),
        (
            "'w' has 1 missing or infinite values, the first at position 0. Remove those rows from X, y and "
            "w, or impute the values."
        ),
    ),
    "words in w": (
        lambda: learner().fit(X, Y, np.array(["no", "yes"])[with_value(W, 0, 0, dtype=int)]),
        (
            "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any labels, of which 'control' names one. Got 'no', "
            "'yes'."
        ),
    ),
    "negative w": (
        lambda: learner().fit(X, Y, with_value(W, 0, -1)),
        (
            "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any labels, of which 'control' names one. Got -1.0, 1.0, "
            "0.0."
        ),
    ),
    "fractions in w": (
        lambda: learner().fit(X, Y, with_value(W, 0, 0.5)),
        (
            "'w' must hold whole numbers, 0 for control and 1 … K-1 for the treatments, or any labels, of which 'control' names one. Got 0.5, 1.0, "
            "0.0."
        ),
    ),
    "a continuous w": (
        lambda: learner().fit(X, Y, np.linspace(0, 1, N)),
        (
            "'w' looks continuous: it has 200 different values, such as 0.0, 0.005025125628140704, "
            "0.010050251256281407. These learners need variants that many rows share. Bin it, for "
            "instance with pandas.cut(w, 4, labels=False), whose lowest bin 0 is then control; or "
            "use a method for continuous treatments."
        ),
    ),
    "a continuous w with a control": (
        lambda: learner(control=0.0).fit(X, Y, np.linspace(0, 1, N)),
        (
            "'w' looks continuous: it has 200 different values, such as 0.0, 0.005025125628140704, "
            "0.010050251256281407. These learners need variants that many rows share. Bin it, for "
            "instance with pandas.cut(w, 4, labels=False), whose lowest bin 0 is then control; or "
            "use a method for continuous treatments."
        ),
    ),
    "a single variant": (
        lambda: learner().fit(X, Y, np.zeros(N)),
        (
            "'w' has the single variant 0.0. Control and at least one treatment are needed to "
            "compare."
        ),
    ),
    "no control": (
        lambda: learner().fit(X, Y, W + 1),
        (
            "'w' must hold each of the variants 0 … 2. Got [1, 2]. Number the variants without gaps and let 'n_variants' be their number, or name the control with 'control'."
        ),
    ),
    "a gap in the variants": (
        lambda: learner().fit(X, Y, 2 * W),
        (
            "'w' must hold each of the variants 0 … 2. Got [0, 2]. Number the variants without gaps and let 'n_variants' be their number, or name the control with 'control'."
        ),
    ),
    "more variants than announced": (
        lambda: learner(n_variants=2).fit(X, Y, W3),
        (
            "'w' must hold each of the variants 0 … 1. Got [0, 1, 2]. Number the variants without gaps and let 'n_variants' be their number, or name the control with 'control'."
        ),
    ),
    "fewer variants than announced": (
        lambda: learner(n_variants=3).fit(X, Y, W),
        (
            "'w' must hold each of the variants 0 … 2. Got [0, 1]. Number the variants without gaps and let 'n_variants' be their number, or name the control with 'control'."
        ),
    ),
    "a variant with fewer rows than folds": (
        lambda: learner().fit(X, Y, np.where(ROW < 3, 2, W)),
        (
            "Variant 2 has 3 rows, fewer than the 5 folds asked for. Merge small groups or set n_folds "
            "to 3 or less."
        ),
    ),
    "a variant with one row": (
        lambda: learner(TLearner).fit(X, Y, np.where(ROW < 1, 2, W)),
        "Variant 2 has 1 row, fewer than the 5 folds asked for. Merge small groups.",
    ),
    "a class missing in a variant": (
        lambda: classifying().fit(X, W * CLASSES, W),
        (
            "Class 1 of 'y' within variant 0 has no rows, but each variant's outcome model needs every "
            "class. Use SLearner, merge classes, or leave the variant out."
        ),
    ),
    "a class with fewer rows in a variant than folds": (
        lambda: classifying().fit(X, np.where((W == 0) & (ROW > 12), 0, ROW % 2), W),
        (
            "Class 1 of 'y' within variant 0 has 3 rows, fewer than the 5 folds asked for. Merge small "
            "groups or set n_folds to 3 or less."
        ),
    ),
    "a class in one fold only": (
        lambda: classifying(SLearner).fit(X, np.where(ROW == 5, "rare", "common"), W),
        (
            "All rows of class 'rare' of 'y' are in fold 4, so a model would not see the class. Merge "
            "rare classes or set n_folds lower."
        ),
    ),
    "a class in one fold of a contrast only": (
        lambda: classifying(RLearner).fit(X, np.where((W3 == 2) & (ROW > 2), 1, 0), W3),
        (
            "All rows of class 1 of 'y' with variant 0 or 1 are missing, so a model would not see the "
            "class. Merge rare classes or set n_folds lower."
        ),
    ),
    "a single class": (
        lambda: classifying().fit(X, np.ones(N), W),
        "'y' must hold at least two classes. Got only 1.0.",
    ),
    "numbers for a classifier": (
        lambda: classifying().fit(X, ROW + 0.5, W),
        (
            "'y' must hold classes, since the outcome model is a classifier. Got fractions such as "
            "0.5, 1.5, 2.5. Pass a regressor as 'nuisance_model_factory'."
        ),
    ),
    "words for a regressor": (
        lambda: learner().fit(X, np.where(ROW % 2, "odd", "even"), W),
        (
            "'y' must hold numbers, since the outcome model is a regressor. Got 'even', 'odd'. Pass a "
            "classifier as 'nuisance_model_factory' for classes."
        ),
    ),
    "three classes where two are possible": (
        lambda: classifying().fit(X, ROW % 3, W),
        (
            "'y' has 3 classes, but DRLearner takes outcomes of two classes. Use SLearner or TLearner, "
            "or one class against the rest."
        ),
    ),
    "two outcomes": (
        lambda: learner().fit(X, np.c_[Y, Y], W),
        "'y' must be one column. Got the shape (200, 2).",
    ),
    "a one-dimensional X": (
        lambda: learner().fit(X[:, 0], Y, W),
        (
            "'X' must have rows and columns. Got the shape (200,); a single feature is X.reshape(-1, "
            "1)."
        ),
    ),
    "an X without columns": (
        lambda: learner().fit(X[:, :0], Y, W),
        (
            "'X' must have rows and columns. Got the shape (200, 0); a single feature is "
            "X.reshape(-1, 1)."
        ),
    ),
}

PARAMETERS = {
    "no folds": (
        lambda: learner(n_folds=0).fit(X, Y, W),
        (
            "The 'n_folds' parameter of DRLearner must be a whole number from 1 to the number of rows, "
            "200. Got 0 instead."
        ),
    ),
    "half a fold": (
        lambda: learner(n_folds=1.5).fit(X, Y, W),
        (
            "The 'n_folds' parameter of DRLearner must be a whole number from 1 to the number of rows, "
            "200. Got 1.5 instead."
        ),
    ),
    "more folds than rows": (
        lambda: learner(TLearner, n_folds=201).fit(X, Y, W),
        (
            "The 'n_folds' parameter of TLearner must be a whole number from 1 to the number of rows, "
            "200. Got 201 instead."
        ),
    ),
    "folds as a word": (
        lambda: learner(n_folds="five").fit(X, Y, W),
        (
            "The 'n_folds' parameter of DRLearner must be a whole number from 1 to the number of rows, "
            "200. Got 'five' instead."
        ),
    ),
    "folds for some kinds": (
        lambda: learner(n_folds={"treatment_model": 3}).fit(X, Y, W),
        (
            f"The 'n_folds' parameter of DRLearner must have a number for each of {DR_KINDS}. Got the "
            "keys ['treatment_model']."
        ),
    ),
    "shared folds of different number": (
        lambda: learner(
            n_folds={"propensity_model": 2, "variant_outcome_model": 2, "treatment_model": 3}
        ).fit(X, Y, W),
        (
            "With synchronize_cross_fitting=True all models need the same number of folds. Got "
            "'n_folds'={'propensity_model': 2, 'variant_outcome_model': 2, 'treatment_model': 3}. Make "
            "them equal or pass synchronize_cross_fitting=False."
        ),
    ),
    "one variant announced": (
        lambda: learner(n_variants=1).fit(X, Y, W),
        (
            "The 'n_variants' parameter of DRLearner must be a whole number of 2 or more: control and "
            "at least one treatment. Got 1 instead."
        ),
    ),
    "a word as seed": (
        lambda: learner(random_state="lucky").fit(X, Y, W),
        (
            "The 'random_state' parameter of DRLearner must be a whole number from 0, a NumPy "
            "generator or None. Got 'lucky' instead."
        ),
    ),
    "a negative seed": (
        lambda: learner(random_state=-1).fit(X, Y, W),
        (
            "The 'random_state' parameter of DRLearner must be a whole number from 0, a NumPy "
            "generator or None. Got -1 instead."
        ),
    ),
    "clipping beyond one half": (
        lambda: learner(clipping_threshold=0.6).fit(X, Y, W),
        (
            "The 'clipping_threshold' parameter of DRLearner must be a number between 0 and 0.5. Got "
            "0.6 instead."
        ),
    ),
    "an unknown column": (
        lambda: learner(feature_set=["a", "z"]).fit(FRAME, Y, W),
        (
            "The 'feature_set' of DRLearner names the unknown column 'z'. The columns of 'X' are ['a', "
            "'b', 'c']."
        ),
    ),
    "a column twice": (
        lambda: learner(feature_set=["a", 0]).fit(FRAME, Y, W),
        "The 'feature_set' of DRLearner has the column 0 more than once. Name each column once.",
    ),
    "a variant without weight": (
        lambda: learner().fit(X, Y, W, sample_weight=(W == 1) * 1.0),
        (
            "'sample_weight' is 0 in all rows of variant 0, so its outcomes cannot be learned. Leave "
            "the variant out, or give its rows weights above 0."
        ),
    ),
    "a variant with weight in one fold alone": (
        lambda: learner().fit(X, Y, W, sample_weight=(W == 1) | (ROW % 3 == 1), cv=ROW % 3),
        (
            f"'sample_weight' is above 0 in {sum((W == 0) & (ROW % 3 == 1))} rows of variant 0, all in "
            "fold 1, so the models without that fold could not learn from it. Leave rows of weight 0 "
            "out of X, y and w, which spreads the others over the folds, or use fewer folds."
        ),
    ),
    "an unknown position": (
        lambda: learner(feature_set=[3]).fit(X, Y, W),
        "The 'feature_set' of DRLearner names the unknown column 3. The columns of 'X' are 0 … 2.",
    ),
    "features for an unknown kind": (
        lambda: learner(feature_set={"treatment_model": [0], "effect_model": [1]}).fit(X, Y, W),
        (
            "DRLearner has no model kinds ['effect_model']. Its kinds are ['propensity_model', "
            "'treatment_model', 'variant_outcome_model']."
        ),
    ),
}

MODELS = {
    "a regressor as propensity model": (
        lambda: learner(propensity_model_factory=LinearRegression).fit(X, Y, W),
        ("The 'propensity_model_factory' for the propensity_model must be a classifier with "
        "predict_proba. Got LinearRegression."),
    ),
    "a classifier without probabilities": (
        lambda: learner(propensity_model_factory=SVC).fit(X, Y, W),
        ("The 'propensity_model_factory' for the propensity_model must be a classifier with "
        "predict_proba. Got SVC."),
    ),
    "an outcome classifier without probabilities": (
        lambda: learner(nuisance_model_factory=LinearSVC).fit(X, CLASSES, W),
        ("The 'nuisance_model_factory' for the variant_outcome_model must be a classifier with "
        "predict_proba. Got LinearSVC."),
    ),
    "a classifier as treatment model": (
        lambda: learner(treatment_model_factory=LogisticRegression).fit(X, Y, W),
        ("The 'treatment_model_factory' for the treatment_model must be a regressor. Got "
        "LogisticRegression."),
    ),
    "a regressor for a classification": (
        lambda: learner(is_classification=True).fit(X, CLASSES, W),
        ("The 'nuisance_model_factory' for the variant_outcome_model must be a classifier with "
        "predict_proba. Got LinearRegression."),
    ),
    "a classifier for a regression": (
        lambda: classifying(is_classification=False).fit(X, CLASSES, W),
        ("The 'nuisance_model_factory' for the variant_outcome_model must be a regressor. Got "
        "LogisticRegression. For classes in 'y', is_classification must be true."),
    ),
    "a treatment model without weights": (
        lambda: learner(RLearner, treatment_model_factory=KNeighborsRegressor).fit(X, Y, W),
        ("The 'treatment_model_factory' of RLearner must take 'sample_weight' in its fit, since the "
        "treatment_model is weighted. KNeighborsRegressor does not."),
    ),
    "no propensity model": (
        lambda: learner(propensity_model_factory=None).fit(X, Y, W),
        ("The 'propensity_model_factory' parameter of DRLearner must be given: it makes the "
        "propensity_model. Pass an estimator's class or instance by name, for instance "
        "DRLearner(propensity_model_factory=LogisticRegression)."),
    ),
    "no models": (
        lambda: DRLearner().fit(X, Y, W),
        ("The 'propensity_model_factory', 'nuisance_model_factory' and 'treatment_model_factory' "
        "parameters of DRLearner must be given: they make the propensity_model, the "
        "variant_outcome_model and the treatment_model. Pass an estimator's class or instance by "
        "name, for instance DRLearner(propensity_model_factory=LogisticRegression, "
        "nuisance_model_factory=LinearRegression, treatment_model_factory=LinearRegression)."),
    ),
    "a parameter that the model lacks": (
        lambda: learner(
            nuisance_model_factory=Ridge, nuisance_model_params={"alhpa": 1}
        ).fit(X, Y, W),
        ("The 'nuisance_model_params' of DRLearner do not fit Ridge (for the "
        "variant_outcome_model): Ridge.__init__() got an unexpected keyword argument 'alhpa'"),
    ),
    "fit parameters for an unknown kind": (
        lambda: learner().fit(X, Y, W, fit_params={"nuisance": {"outcome_model": {}}}),
        ("The nested 'fit_params' must be {'nuisance': {kind: …}, 'treatment': …} with the kinds "
        f"{DR_KINDS}. Got ['outcome_model']."),
    ),
}  # fmt: skip

WRONG_TYPES = {
    "a model by position": (
        lambda: DRLearner(Ridge).plan(X, Y, W),
        (
            "The 'is_classification' parameter of DRLearner must be True, False or None. Got Ridge "
            "instead. Pass base models by name: DRLearner(nuisance_model_factory=Ridge, …)."
        ),
    ),
    "a word for a switch": (
        lambda: learner(is_classification="yes").fit(X, Y, W),
        (
            "The 'is_classification' parameter of DRLearner must be True, False or None. Got 'yes' "
            "instead."
        ),
    ),
    "a fitted model of another kind": (
        lambda: learner(fitted_propensity_model=LogisticRegression().fit(X, W)).fit(X, Y, W),
        "The fitted models of the propensity_model must be fitted CrossFitEstimators, as of 'nuisance_models_' of a learner. Got LogisticRegression.",
    ),
    "X that is no table": (
        lambda: learner().fit(b"abc", Y, W),
        "'X' must be a 2-D NumPy array, a DataFrame (pandas, polars, Arrow, …), a SciPy sparse matrix, a Dask collection, or the path of a file. Got bytes.",
    ),
    "a number as factory": (
        lambda: learner(nuisance_model_factory=3).fit(X, Y, W),
        (
            "The 'nuisance_model_factory' parameter of DRLearner must be an estimator's class or an "
            "instance, with fit and predict. Got int."
        ),
    ),
    "a function as factory": (
        lambda: learner(nuisance_model_factory=Ridge.__init__).fit(X, Y, W),
        (
            "The 'nuisance_model_factory' parameter of DRLearner must be an estimator's class or an "
            "instance, with fit and predict. Got function."
        ),
    ),
    "a word as feature set": (
        lambda: learner(feature_set="ab").fit(FRAME, Y, W),
        (
            "The 'feature_set' of DRLearner must be a list of columns, or a dict of lists for the "
            f"kinds {DR_KINDS}. Got 'ab'."
        ),
    ),
    "a scorer without a list": (
        lambda: learner().fit(X, Y, W).evaluate(X, Y, W, scoring={"treatment_model": "r2"}),
        (
            "'scoring' must give a list of scorers for each model kind. Got 'r2' for "
            "'treatment_model'; write {'treatment_model': ['r2']}."
        ),
    ),
}

QUESTIONS = {
    "cross-fitted predictions of other rows": (
        lambda: learner().fit(X, Y, W).predict(X + 1, is_oos=False),
        (
            "is_oos=False asks for cross-fitted predictions, which exist for the training data only, "
            "and 'X' is not the data of fit. Pass that, or leave is_oos out."
        ),
    ),
    "a column missing": (
        lambda: learner().fit(FRAME, Y, W).predict(FRAME[["a", "b"]]),
        "The columns of 'X' differ from fit's: missing ['c'].",
    ),
    "a column extra": (
        lambda: learner().fit(FRAME, Y, W).predict(FRAME.assign(d=1)),
        "The columns of 'X' differ from fit's: not known from fit ['d'].",
    ),
    "columns reordered": (
        lambda: learner().fit(FRAME, Y, W).predict(FRAME[["b", "a", "c"]]),
        (
            "The columns of 'X' are in another order than in fit. Pass X[list(columns of fit)]: ['a', "
            "'b', 'c']."
        ),
    ),
    "a sparse matrix for a frame": (
        lambda: learner().fit(FRAME, Y, W).predict(sp.csr_matrix(X)),
        "'X' was a pandas DataFrame in fit and is a sparse matrix now. Pass the same kind of table.",
    ),
    "fewer columns": (
        lambda: learner().fit(X, Y, W).predict(X[:, :2]),
        "'X' had 3 columns in fit and has 2 now. Pass the columns of fit.",
    ),
    "an unknown way out of sample": (
        lambda: learner().fit(X, Y, W).predict(X + 1, oos_method="mode"),
        "'oos_method' must be one of ['overall', 'mean', 'median']. Got 'mode'.",
    ),
    "the folds' models where there are none": (
        lambda: learner(n_folds=1).fit(X, Y, W).predict(X + 1, oos_method="mean"),
        (
            "oos_method='mean' combines the folds' models, and with n_folds=1 there are none. Use "
            "'overall'."
        ),
    ),
    "in-sample predictions without saying so": (
        lambda: learner(n_folds=1).fit(X, Y, W).predict(X),
        (
            "'X' is the training data, and with n_folds=1 every model has seen all of it. Set n_folds "
            "to 2 or more, or pass is_oos=True to accept in-sample predictions."
        ),
    ),
    "an effect from models that saw the rows": (
        lambda: learner(n_folds=1).fit(X, Y, W).average_treatment_effect(),
        (
            "With n_folds=1 every model has seen all training rows, so nothing can be estimated from "
            "them. Set n_folds to 2 or more."
        ),
    ),
    "scores of models that saw the rows": (
        lambda: learner(n_folds=1).fit(X, Y, W).evaluate(X, Y, W),
        (
            "'X' is the training data, and with n_folds=1 every model has seen all of it. Set n_folds "
            "to 2 or more, or pass is_oos=True to accept in-sample predictions."
        ),
    ),
    "an average effect without propensities": (
        lambda: learner(TLearner).fit(X, Y, W).average_treatment_effect(),
        (
            "TLearner has no propensity model, so there is no AIPW estimate of the ATE. Use DRLearner "
            "or XLearner."
        ),
    ),
    "an average effect of the R-learner with three variants": (
        lambda: learner(RLearner).fit(X, Y, W3).average_treatment_effect(),
        (
            "RLearner estimates the ATE for two variants only, and there are 3. Use DRLearner or "
            "XLearner."
        ),
    ),
    "an average effect of X alone": (
        lambda: learner().fit(X, Y, W).average_treatment_effect(X),
        "Pass 'X', 'y' and 'w' together, or none for the training data. Got ['X'].",
    ),
    "scores on other outcomes": (
        lambda: learner().fit(X, Y, W).evaluate(X, Y + 1, W),
        (
            "'X' is the training data but 'y' or 'w' are not those of fit. Pass the ones of fit, or "
            "is_oos=True to judge the overall models on these."
        ),
    ),
    "scores on an unknown variant": (
        lambda: learner().fit(X, Y, W).evaluate(X + 1, Y, W3),
        "'w' has the values 2, which fit did not meet. It met [0, 1].",
    ),
    "scores on an unknown class": (
        lambda: classifying().fit(X, CLASSES, W).evaluate(X + 1, CLASSES + 1, W),
        "'y' has the values 2, which fit did not meet. It met [0, 1].",
    ),
    "an unknown scorer": (
        lambda: learner().fit(X, Y, W).evaluate(X, Y, W, scoring={"treatment_model": ["r3"]}),
        (
            "'scoring' names the unknown scorers ['r3'] for 'treatment_model'. "
            "sklearn.metrics.get_scorer_names() lists those there are."
        ),
    ),
    "an unknown model kind": (
        lambda: learner().fit(X, Y, W).predict_nuisance(X, "treatment_model", 0),
        (
            "'model_kind' must be one of ['propensity_model', 'variant_outcome_model'] for DRLearner. "
            "Got 'treatment_model'."
        ),
    ),
    "a model too many": (
        lambda: learner().fit(X, Y, W).predict_nuisance(X, "variant_outcome_model", 2),
        (
            "'model_ord' must be from 0 to 1, since there are 2 models of the kind "
            "'variant_outcome_model'. Got 2."
        ),
    ),
    "a base model without a variant": (
        lambda: learner(SLearner).fit(X, Y, W).predict_nuisance(X + 1, "base_model", 0),
        (
            "The base_model sees the variant as a feature, which new rows do not have. Use "
            "predict_conditional_average_outcomes, which gives it for each variant."
        ),
    ),
    "an unknown learner": (
        lambda: metalearner_factory("Q"),
        (
            "'metalearner_prefix' must be one of ['S', 'T', 'X', 'R', 'RA', 'DR', 'U', 'PW', 'F']. "
            "Got 'Q'."
        ),
    ),
    "a matrix as CATE": (
        lambda: simplify_output(X),
        "'tensor' must have the shape (n_rows, n_variants - 1, n_outputs). Got the shape (200, 3).",
    ),
}

INVALID = DATA | PARAMETERS | MODELS | QUESTIONS


def message_of(error):
    return str(error.value)


@pytest.mark.parametrize(("call", "message"), INVALID.values(), ids=INVALID)
def test_bad_input_is_named_with_its_value_and_a_remedy(call, message):
    with pytest.raises(InvalidInput) as error:
        call()
    assert message_of(error) == message


@pytest.mark.parametrize(("call", "message"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_wrong_type_is_named_with_what_is_taken(call, message):
    with pytest.raises(InvalidType) as error:
        call()
    assert message_of(error) == message


def test_a_question_before_fit_says_to_fit():
    with pytest.raises(NotFitted) as error:
        learner().predict(X)
    assert message_of(error) == "This DRLearner is not fitted yet. Call fit first."


def test_our_errors_are_the_builtins_that_callers_expect():
    with pytest.raises(ValueError, match="n_folds"):
        learner(n_folds=0).fit(X, Y, W)
    with pytest.raises(TypeError, match="'X'"):
        learner().fit(b"abc", Y, W)


@pytest.mark.parametrize("case", [*DATA, *PARAMETERS, *MODELS])
def test_nothing_runs_before_bad_input_is_refused(case, monkeypatch):
    monkeypatch.setattr(LinearRegression, "fit", lambda *_: pytest.fail("a model was fitted"))
    with pytest.raises(InvalidInput):
        INVALID[case][0]()


def test_rows_that_were_trained_on_are_counted_in_a_warning():
    fitted = learner().fit(X, Y, W)
    with pytest.warns(TrainingRows) as warned:
        fitted.predict(np.concatenate([X[:5], X[:3] + 1]))
    assert str(warned[0].message) == (
        "5 of the 8 rows of 'X' were in the training data, so the models that predict them have "
        "seen them. For cross-fitted predictions pass the whole training data; to silence this, "
        "pass is_oos=True."
    )


def test_in_sample_predictions_that_were_asked_for_come_with_a_warning():
    fitted = learner(n_folds=1).fit(X, Y, W)
    with pytest.warns(TrainingRows) as warned:
        fitted.predict(X, is_oos=True)
    assert str(warned[0].message) == (
        "All 200 rows were in the training data and n_folds=1: these are in-sample predictions, "
        "which look better than they are."
    )


def test_warnings_point_at_the_callers_line():
    fitted = learner().fit(X, Y, W)
    with pytest.warns(TrainingRows) as warned:
        fitted.predict(X[:5])
    assert warned[0].filename == __file__
