"""The parts of a job file about learners and their base models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, WrapSerializer

from causal_dask.jobs.job_file.key_lines import Key
from causal_dask.jobs.job_file.section import OrOneAlone, OrShort, Section, first_duplicate


class ModelSection(Section):
    """A base model."""

    class_: str = Field(
        alias="class", description="a class by its import path, such as xgboost.XGBRegressor"
    )
    parameters: dict[str, Any] = Field({}, description="the parameters of the class, by name")


def _listed(models: Any) -> Any:
    """Models as a list; a single one is a list of one."""
    return models if isinstance(models, list) else [models]


def _as_written(models: list[ModelSection], dump: SerializerFunctionWrapHandler) -> Any:
    """Models as the job file has them: a single one is no list."""
    dumped = dump(models)
    return dumped[0] if len(dumped) == 1 else dumped


Models = Annotated[
    list[ModelSection],
    BeforeValidator(_listed),
    WrapSerializer(_as_written),
    Field(min_length=1),
    OrOneAlone(),
]
"""A base model, or several that are stacked."""


class ModelsSection(Section):
    """The base models of a learner."""

    nuisance: Models = Field(description="the model of the outcome, or a list to be stacked")
    propensity: Models | None = Field(
        None, description="the model of the treatment, or a list to be stacked"
    )
    treatment: ModelSection | None = Field(None, description="the model of the effect")

    def of(self, stage: str) -> list[ModelSection]:
        """The models of a stage; none if it has none."""
        found = getattr(self, stage) or []
        return found if isinstance(found, list) else [found]


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
"""A name that can be that of a folder."""


class LearnerSection(Section):
    """A learner, and what differs from the rest of the job."""

    kind: Literal["S", "T", "X", "R", "RA", "DR"] = Field(description="which learner")
    name: Name | None = Field(None, description="the name of the learner in the results")
    models: ModelsSection | None = Field(None, description="its base models, if not the job's")
    parameters: dict[str, Any] = Field({}, description="other parameters of the learner's class")

    @property
    def label(self) -> str:
        """The name of the learner in the results."""
        return self.name or self.kind


KINDS: tuple[Literal["S", "T", "X", "R", "RA", "DR"], ...] = ("DR", "X", "R", "RA", "T", "S")
"""The learners that are tried if a job names none."""


def section_of(learner: Any) -> Any:
    """A learner as a section; a word alone is its kind."""
    return {"kind": learner} if isinstance(learner, str) else learner


LearnerList = list[
    Annotated[LearnerSection, BeforeValidator(section_of), OrShort({"enum": list(KINDS)})]
]


def check_learners(learners: Sequence[LearnerSection], models: ModelsSection | None) -> None:
    """Raise unless every learner has base models, and a name of its own."""
    for number, learner in enumerate(learners):
        if (learner.models or models) is None:
            raise ValueError(f"'models' is missing, and learner {number + 1} has none of its own")
    duplicate = first_duplicate([learner.label for learner in learners])
    if duplicate:
        raise ValueError(
            f"two of 'learners' are called {duplicate!r}: give each a 'name' of its own"
        )


def own_models_key(learners: Sequence[LearnerSection], position: int) -> Key:
    """The key of a learner's base models: its own, or those of the file."""
    own = learners[position].models
    return ("models",) if own is None else ("learners", position, "models")


class ChooseSection(Section):
    """The candidates among which a job chooses, and how they are judged."""

    learners: Annotated[LearnerList, Field(min_length=1)] = Field(
        [LearnerSection(kind=kind) for kind in KINDS], description="the learners to try"
    )
    models: dict[Name, ModelsSection] = Field(
        {}, description="sets of base models by name, each tried with each learner"
    )
    loss: Literal["r_loss", "dr_loss"] = Field(
        "r_loss", description="how effects are judged: r_loss or dr_loss"
    )
    folds: Annotated[int, Field(ge=3)] = Field(
        3, description="the folds in which candidates are judged"
    )

    @property
    def candidates(self) -> list[tuple[LearnerSection, Key]]:
        """Each learner with each set of models, and the key of its models."""
        return [made for n, each in enumerate(self.learners) for made in self._with_models(each, n)]

    def _with_models(self, learner: LearnerSection, n: int) -> Iterator[tuple[LearnerSection, Key]]:
        """A learner with its own models, with each set, or with those of the job."""
        if learner.models is not None:
            yield learner, ("choose", "learners", n, "models")
        elif not self.models:
            yield learner, ("models",)
        for name, models in ({} if learner.models else self.models).items():
            changed = {"name": f"{learner.label}-{name}", "models": models}
            yield learner.model_copy(update=changed), ("choose", "models", name)
