"""Scores under names that people read, as errors and losses of which less is better."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from causal_dask.spec import model_kinds as kinds

MODELS = {
    kinds.PROPENSITY_MODEL: "Propensity model",
    kinds.VARIANT_OUTCOME_MODEL: "Outcome model",
    kinds.OUTCOME_MODEL: "Outcome model, without the treatment",
    kinds.BASE_MODEL: "Outcome model, of all variants",
    kinds.TREATMENT_EFFECT_MODEL: "Effect model of the treated",
    kinds.CONTROL_EFFECT_MODEL: "Effect model of the controls",
    kinds.TREATMENT_MODEL: "Effect model",
    "effect": "Effects",
}
"""What model kinds are called; ``effect`` is what a learner predicts."""

SCORES = {
    "neg_root_mean_squared_error": "root mean squared error",
    "neg_mean_squared_error": "mean squared error",
    "neg_mean_absolute_error": "mean absolute error",
    "neg_log_loss": "log loss",
    "neg_brier_score": "Brier score",
    "dr_loss": "DR-loss",
    "r_loss": "R-loss",
}
"""Errors and losses; those of scikit-learn have the opposite sign in its names with ``neg``."""


def readable_scores(scores: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """A row for each score, a column for each learner, and which scores are better."""
    table = pd.DataFrame(scores)
    signs = [-1.0 if _score_of(name).startswith("neg_") else 1.0 for name in table.index]
    better = ["smaller" if _score_of(name) else "greater" for name in table.index]
    named = table.mul(signs, axis=0).set_axis(
        pd.Index([readable(str(name)) for name in table.index], name="score"), axis=0
    )
    named.insert(0, "better", better)
    return named


def readable(name: str) -> str:
    """A score's name in words, such as "Outcome model, variant 0: root mean squared error"."""
    kind = next((kind for kind in MODELS if name.startswith(f"{kind}_")), "")
    score = _score_of(name)
    if not kind and not name.startswith(score or "?"):
        return name.replace("_", " ")
    rest = name.removeprefix(f"{kind}_") if kind else f"{name.removeprefix(score)}_{score}"
    whose = rest.removesuffix(score).strip("_") if score else ""
    what = SCORES.get(score, rest.replace("_", " "))
    owner = f", {_owner(whose)}" if whose else ""
    return f"{MODELS[kind]}{owner}: {what}" if kind else f"{what} of the learner{owner}"


def _score_of(name: object) -> str:
    """The known error or loss that a name is of, or nothing."""
    text = str(name)
    return next((s for s in SCORES if text.endswith(f"_{s}") or text.startswith(f"{s}_")), "")


def _owner(whose: str) -> str:
    """Whose model it is: that of a variant, or of a contrast."""
    variant, against, control = whose.partition("_vs_")
    return f"{variant} against {control}" if against else f"variant {variant}"
