"""Which scores are asked of which models, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.metrics import get_scorer_names

from causal_dask.compile.answers import Evaluation, Rows, evaluations, losses
from causal_dask.compile.compiler import Compiler
from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.graph.node import Source
from causal_dask.tasks.scores import Scoring


def scorings(
    compiler: Compiler,
    rows: Rows,
    scoring: Mapping[str, Sequence[Scoring]],
    labels: Sequence[Any],
) -> dict[str, Source]:
    """The node of every score by its name: nuisances, the learner's losses, treatment models."""
    _check(scoring)
    models = list(evaluations(compiler, labels))
    nuisances = [model for model in models if model.step.is_nuisance]
    treatments = [model for model in models if not model.step.is_nuisance]
    return {
        **_scores(compiler, rows, scoring, nuisances),
        **losses(compiler, rows, labels),
        **_scores(compiler, rows, scoring, treatments),
    }


def _scores(
    compiler: Compiler,
    rows: Rows,
    scoring: Mapping[str, Sequence[Scoring]],
    models: Sequence[Evaluation],
) -> dict[str, Source]:
    return {
        f"{model.name}_{_called(scorer, place)}": model.scored(compiler, rows, scorer)
        for model in models
        for place, scorer in enumerate(scoring.get(model.step.name, [_default(compiler, model)]))
    }


def _check(scoring: Mapping[str, Any]) -> None:
    for kind, scorers in scoring.items():
        if isinstance(scorers, str) or not isinstance(scorers, Sequence):
            raise InvalidType(
                f"'scoring' must give a list of scorers for each model kind. Got {scorers!r} for "
                f"{kind!r}; write {{{kind!r}: [{scorers!r}]}}."
            )
        unknown = [s for s in scorers if isinstance(s, str) and s not in get_scorer_names()]
        if unknown:
            raise InvalidInput(
                f"'scoring' names the unknown scorers {unknown} for {kind!r}. "
                "sklearn.metrics.get_scorer_names() lists those there are."
            )


def _called(scorer: Any, place: int) -> str:
    return scorer if isinstance(scorer, str) else f"custom_scorer_{place}"


def _default(compiler: Compiler, model: Evaluation) -> str:
    role = model.step.role
    classifies = role == "propensity" or role == "outcome" and compiler.study.n_classes > 0
    return "neg_log_loss" if classifies else "neg_root_mean_squared_error"
