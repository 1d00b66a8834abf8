"""A learner's parameters, and the request that they make together with the data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, ClassVar, TypedDict

from sklearn.base import BaseEstimator

from causal_dask.errors import InvalidInput, NotFitted
from causal_dask.estimators.base_models import Asked
from causal_dask.estimators.preparation import Given, Prepared, Request, prepare
from causal_dask.spec.check import checked
from causal_dask.spec.learner import Learner, Model


class ModelSpecification(TypedDict):
    """How many models a kind has, and which method gives their predictions."""

    cardinality: Callable[[Any], int]
    predict_method: Callable[[Any], str]


class Parameters(BaseEstimator):
    """The parameters of every learner; see ``MetaLearner``."""

    declaration: ClassVar[Learner]

    def __init_subclass__(cls, declaration: Learner | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if declaration is not None:
            cls.declaration = checked(declaration)

    def __init__(  # noqa: PLR0913 - the drop-in signature
        self,
        is_classification: bool | None = None,
        n_variants: int | None = None,
        nuisance_model_factory: Any = None,
        treatment_model_factory: Any = None,
        propensity_model_factory: Any = None,
        nuisance_model_params: Mapping[str, Any] | None = None,
        treatment_model_params: Mapping[str, Any] | None = None,
        propensity_model_params: Mapping[str, Any] | None = None,
        fitted_nuisance_models: Any = None,
        fitted_propensity_model: Any = None,
        feature_set: Collection[Any] | Mapping[str, Any] | None = None,
        n_folds: int | Mapping[str, int] = 10,
        random_state: Any = None,
        adaptive_clipping: bool = False,
        *,
        control: Any = None,
        clipping_threshold: float = 0.01,
        unweighted: Collection[str] = (),
        n_repeats: int = 1,
        repeat_aggregation: str = "median",
        nested: bool = False,
        enable_overall: bool = True,
        keep_models: bool = True,
    ) -> None:
        self.is_classification = is_classification
        self.n_variants = n_variants
        self.nuisance_model_factory = nuisance_model_factory
        self.treatment_model_factory = treatment_model_factory
        self.propensity_model_factory = propensity_model_factory
        self.nuisance_model_params = nuisance_model_params
        self.treatment_model_params = treatment_model_params
        self.propensity_model_params = propensity_model_params
        self.fitted_nuisance_models = fitted_nuisance_models
        self.fitted_propensity_model = fitted_propensity_model
        self.feature_set = feature_set
        self.n_folds = n_folds
        self.random_state = random_state
        self.adaptive_clipping = adaptive_clipping
        self.control = control
        self.clipping_threshold = clipping_threshold
        self.unweighted = unweighted
        self.n_repeats = n_repeats
        self.repeat_aggregation = repeat_aggregation
        self.nested = nested
        self.enable_overall = enable_overall
        self.keep_models = keep_models

    @classmethod
    def nuisance_model_specifications(cls) -> dict[str, ModelSpecification]:
        """The first-stage model kinds: how many models, and how they predict."""
        return _specifications(cls.declaration, nuisance=True)

    @classmethod
    def treatment_model_specifications(cls) -> dict[str, ModelSpecification]:
        """The second-stage model kinds: how many models, and how they predict."""
        return _specifications(cls.declaration, nuisance=False)

    @property
    def init_args(self) -> dict[str, Any]:
        """The arguments that make an unfitted learner like this one."""
        return dict(self.get_params(deep=False))

    def _prepare(
        self, given: Given, fit_params: Mapping[str, Any] | None, synchronize: bool
    ) -> Prepared:
        """The studies that this learner makes of the data."""
        for name in ("fitted_nuisance_models", "fitted_propensity_model"):
            if getattr(self, name) is not None:
                raise InvalidInput(f"The '{name}' parameter is not supported yet: leave it out.")
        stages = ("nuisance", "treatment", "propensity")
        asked = Asked(
            learner=self.declaration,
            owner=type(self).__name__,
            factories={stage: getattr(self, f"{stage}_model_factory") for stage in stages},
            params={stage: getattr(self, f"{stage}_model_params") for stage in stages},
            feature_set=self.feature_set,
            fit_params=fit_params,
        )
        return prepare(Request(asked, self.get_params(deep=False), synchronize), given)


def _specifications(learner: Learner, nuisance: bool) -> dict[str, ModelSpecification]:
    return {
        step.name: {
            "cardinality": partial(_cardinality, step),
            "predict_method": partial(_method, step),
        }
        for step in learner.models
        if step.is_nuisance == nuisance
    }


def _cardinality(step: Model, learner: Parameters) -> int:
    n_variants = getattr(learner, "n_variants_", learner.n_variants)
    if n_variants is None:
        raise NotFitted("The number of variants is known after fit, or by 'n_variants'.")
    return {"once": 1, "variant": n_variants, "contrast": n_variants - 1}[step.per]


def _method(step: Model, learner: Parameters) -> str:
    classifies = getattr(learner, "is_classification_", learner.is_classification)
    probabilities = step.role == "propensity" or step.role == "outcome" and bool(classifies)
    return "predict_proba" if probabilities else "predict"
