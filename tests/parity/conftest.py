"""The learners once more, in plain numpy and scikit-learn, on folds that are given.

Nothing here reads the package: each learner is written out from its paper, one loop after another.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from causal_dask import ClippedPropensities

METHODS = ("in_sample", "overall", "mean", "median")


def fitted(model, X, target, rows, weight):
    extra = {} if weight is None else {"sample_weight": weight[rows]}
    return clone(model).fit(X[rows], target[rows], **extra)


def answer(model, X):
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)


def median_of(parts, classifies):
    middle = np.median(parts, axis=0)
    return middle / middle.sum(axis=1, keepdims=True) if classifies else middle


@dataclass(frozen=True)
class ByHand:
    """A study cross-fitted by hand. ``folds`` gives each model kind its split."""

    study: Any
    models: dict
    folds: dict
    new: np.ndarray
    clip: float
    adaptive: bool = False

    @property
    def y(self):
        return self.study.y

    @property
    def w(self):
        return self.study.w

    @property
    def n_variants(self):
        return int(self.w.max()) + 1

    @property
    def classifies(self):
        return is_classifier(self.models["outcome"])

    def cross_fitted(self, kind, role, target, rows=None, weight=None):
        """Predictions of one model: in-sample, and of the new rows in three ways."""
        model, folds = self.models[role], self.folds[kind]
        X, new_X = self.study.X, self.new
        rows = np.ones(len(X), bool) if rows is None else rows
        parts = []
        in_sample = None
        for fold in range(folds.max() + 1):
            one = fitted(model, X, target, rows & (folds != fold), weight)
            held = answer(one, X[folds == fold])
            in_sample = np.zeros((len(X), *held.shape[1:])) if in_sample is None else in_sample
            in_sample[folds == fold] = held
            parts.append(answer(one, new_X))
        return {
            "in_sample": in_sample,
            "overall": answer(fitted(model, X, target, rows, weight), new_X),
            "mean": np.mean(parts, axis=0),
            "median": median_of(parts, is_classifier(model)),
        }

    def propensities(self):
        return self.cross_fitted("propensity_model", "propensity", self.w)

    def variant_outcomes(self):
        kind = "variant_outcome_model"
        return [
            self.cross_fitted(kind, "outcome", self.y, self.w == variant)
            for variant in range(self.n_variants)
        ]

    def clipped(self, propensity):
        return np.clip(propensity, self.clip, 1 - self.clip)

    def share(self, propensities, k):
        return self.clipped(propensities[:, k] / (propensities[:, 0] + propensities[:, k]))

    def aipw(self, mu_0, mu_k, propensities, k):
        e_0, e_k = self.clipped(propensities[:, 0]), self.clipped(propensities[:, k])
        treated = (self.w == k) * (self.y - mu_k) / e_k
        return mu_k - mu_0 + treated - (self.w == 0) * (self.y - mu_0) / e_0

    def mean_of(self, prediction):
        return prediction[:, 1] if self.classifies else prediction

    def means(self, mu):
        return [{how: self.mean_of(values[how]) for how in METHODS} for values in mu]

    def stacked(self, per_variant, complement):
        """(n, variants, outputs); two outputs for two classes."""
        columns = np.stack(per_variant, axis=1)
        both = [complement(columns), columns] if self.classifies else [columns]
        return np.stack(both, axis=2)

    def effects(self, taus):
        return {how: self.stacked([tau[how] for tau in taus], lambda tau: -tau) for how in METHODS}

    def outcomes(self, mu):
        return {how: self.stacked([m[how] for m in mu], lambda m: 1 - m) for how in METHODS}


def minus(left, right):
    return {how: left[how] - right[how] for how in METHODS}


def s_learner(hand):
    """Künzel et al. (2019), sec. 2."""
    dummies = (hand.w[:, None] == np.arange(1, hand.n_variants)).astype(float)
    X = np.column_stack([hand.study.X, dummies])
    mu = []
    for variant in range(hand.n_variants):
        mu.append({})
        code = np.eye(hand.n_variants)[variant, 1:]
        for how in METHODS:
            rows = hand.study.X if how == "in_sample" else hand.new
            shown = np.column_stack([rows, np.tile(code, (len(rows), 1))])
            found = s_predictions(hand, X, shown, how)
            mu[-1][how] = hand.mean_of(found)
    taus = [minus(m, mu[0]) for m in mu[1:]]
    return hand.effects(taus), hand.outcomes(mu), None


def s_predictions(hand, X, shown, how):
    """What the models trained on ``X`` say of rows that are shown another variant."""
    if how != "in_sample":
        design = SimpleNamespace(X=X, y=hand.y, w=hand.w)
        shows = replace(hand, study=design, new=shown)
        return shows.cross_fitted("base_model", "outcome", hand.y)[how]
    folds, model = hand.folds["base_model"], hand.models["outcome"]
    found = None
    for fold in range(folds.max() + 1):
        one = fitted(model, X, hand.y, folds != fold, None)
        part = answer(one, shown[folds == fold])
        found = np.zeros((len(X), *part.shape[1:])) if found is None else found
        found[folds == fold] = part
    return found


def t_learner(hand):
    """Künzel et al. (2019), sec. 2."""
    mu = hand.means(hand.variant_outcomes())
    return hand.effects([minus(m, mu[0]) for m in mu[1:]]), hand.outcomes(mu), None


def x_learner(hand):
    """Künzel et al. (2019), eqs. 7 to 9."""
    e, mu = hand.propensities(), hand.means(hand.variant_outcomes())
    taus, scores = [], []
    for k in range(1, hand.n_variants):
        gain = hand.y - mu[0]["in_sample"]
        loss = mu[k]["in_sample"] - hand.y
        of_treated = hand.cross_fitted("treatment_effect_model", "effect", gain, hand.w == k)
        of_control = hand.cross_fitted("control_effect_model", "effect", loss, hand.w == 0)
        share = {how: hand.share(e[how], k) for how in METHODS}
        taus.append(
            {
                how: share[how] * of_control[how] + (1 - share[how]) * of_treated[how]
                for how in METHODS
            }
        )
        scores.append(hand.aipw(mu[0]["in_sample"], mu[k]["in_sample"], e["in_sample"], k))
    return hand.effects(taus), hand.outcomes(mu), np.column_stack(scores)


def r_learner(hand):
    """Nie & Wager (2021), eqs. 4 to 6, with an outcome model for each contrast."""
    return of_residuals(hand, lambda residual: residual**2)


def u_learner(hand):
    """Nie & Wager (2021), sec. 3: the same ratio, without weights."""
    return of_residuals(hand, lambda _: None)


def pw_learner(hand):
    """Curth & van der Schaar (2021), sec. 3: w / e - (1 - w) / (1 - e), times the outcome."""
    e, taus = hand.propensities(), []
    for k in range(1, hand.n_variants):
        share = hand.share(e["in_sample"], k)
        pseudo = hand.y * np.where(hand.w == k, 1 / share, -1 / (1 - share))
        rows = (hand.w == 0) | (hand.w == k)
        taus.append(hand.cross_fitted("treatment_model", "effect", pseudo, rows))
    return hand.effects(taus), None, None


def of_residuals(hand, weigh):
    """The outcome's residual over the treatment's, regressed with some weights."""
    e = hand.propensities()
    taus, m, shares = [], [], []
    for k in range(1, hand.n_variants):
        rows = (hand.w == 0) | (hand.w == k)
        m += hand.means([hand.cross_fitted("outcome_model", "outcome", hand.y, rows)])
        shares.append({how: hand.share(e[how], k) for how in METHODS})
        residual = (hand.w == k) - shares[-1]["in_sample"]
        ratio = (hand.y - m[-1]["in_sample"]) / residual
        taus.append(hand.cross_fitted("treatment_model", "effect", ratio, rows, weigh(residual)))
    parts = list(zip(m, shares, taus, strict=True))
    mu = [{how: np.mean([a[how] - s[how] * t[how] for a, s, t in parts], 0) for how in METHODS}]
    mu += [{how: mu[0][how] + tau[how] for how in METHODS} for tau in taus]
    score = hand.aipw(mu[0]["in_sample"], mu[1]["in_sample"], e["in_sample"], 1)
    two = hand.n_variants == 2
    return hand.effects(taus), hand.outcomes(mu), score[:, None] if two else None


def ra_learner(hand):
    """Curth & van der Schaar (2021), sec. 3, on the rows of the contrast."""
    mu, taus = hand.means(hand.variant_outcomes()), []
    for k in range(1, hand.n_variants):
        of_treated = hand.y - mu[0]["in_sample"]
        of_control = mu[k]["in_sample"] - hand.y
        pseudo = np.where(hand.w == k, of_treated, of_control)
        rows = (hand.w == 0) | (hand.w == k)
        taus.append(hand.cross_fitted("treatment_model", "effect", pseudo, rows))
    return hand.effects(taus), hand.outcomes(mu), None


def dr_learner(hand):
    """Kennedy (2023), eq. 2, and the DR-Switch of Mahajan et al. (2024)."""
    e, mu = hand.propensities(), hand.means(hand.variant_outcomes())
    taus, scores = [], []
    for k in range(1, hand.n_variants):
        mu_0, mu_k = mu[0]["in_sample"], mu[k]["in_sample"]
        score = hand.aipw(mu_0, mu_k, e["in_sample"], k)
        pair = e["in_sample"][:, [0, k]]
        far = ((pair < hand.clip) | (pair > 1 - hand.clip)).any(axis=1)
        score = np.where(far, mu_k - mu_0, score) if hand.adaptive else score
        taus.append(hand.cross_fitted("treatment_model", "effect", score))
        scores.append(score)
    return hand.effects(taus), hand.outcomes(mu), np.column_stack(scores)


DERIVATIONS = {
    "SLearner": s_learner,
    "TLearner": t_learner,
    "XLearner": x_learner,
    "RLearner": r_learner,
    "RALearner": ra_learner,
    "DRLearner": dr_learner,
    "ULearner": u_learner,
    "PWLearner": pw_learner,
    "FLearner": pw_learner,
}


@pytest.fixture(scope="session")
def by_hand():
    """``by_hand(learner, study, models, new_X, **how)``: effects, outcomes and AIPW scores."""

    def derive(learner, study, models, new_X, **how):
        splits = learner._fitted.study.splits
        folds = {kind: split.folds.value for kind, split in splits.items()}
        by_default = {"clip": 0.02 / learner.n_variants_}
        hand = ByHand(study, models, folds, new_X, **by_default | how)
        name = type(learner).__name__
        assert name in DERIVATIONS, f"write the {name} out in tests/parity/conftest.py"
        return DERIVATIONS[name](hand)

    return derive


@pytest.fixture(scope="session")
def fit():
    """``fit(cls, study, models, **parameters)``: a fitted learner; clipping is not news here."""

    def fitted_learner(cls, study, models, synchronize=True, **parameters):
        learner = cls(
            is_classification=is_classifier(models["outcome"]),
            nuisance_model_factory=models["outcome"],
            propensity_model_factory=models["propensity"],
            treatment_model_factory=models["effect"],
            random_state=0,
            **{"n_folds": 3} | parameters,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ClippedPropensities)
            return learner.fit(study.X, study.y, study.w, synchronize_cross_fitting=synchronize)

    return fitted_learner
