"""Write a report of fitted learners: what users call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from causal_dask.errors import InvalidInput, InvalidType, ShortTraceback
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.evaluation.assignment import fitted_state, training_table
from causal_dask.fitted.joint_estimates import check_level
from causal_dask.inference.named_costs import costs_in_order
from causal_dask.reports.collect import Wanted, contents_of
from causal_dask.reports.figures import matplotlib
from causal_dask.reports.for_whom import CALIBRATION, FOR_WHOM
from causal_dask.reports.page import page_of
from causal_dask.reports.templates import template
from causal_dask.sources.whole_file import whole_file


@ShortTraceback()
def report(  # noqa: PLR0913 - what is shown, and what it is called
    learner: Any,
    X: Any = None,
    path: str | Path = "report.html",
    *,
    for_whom: Sequence[str] | None = None,
    costs: Any = None,
    planned: bool = False,
    level: float = 0.95,
    outcome: str = "the outcome",
    treatment: str = "treatment",
) -> Path:
    """Write one HTML page about a fitted learner, or about several: what a colleague would ask.

    First the average effects, how well the variants overlap, and warnings. Then for whom the
    treatment works, whether that can be trusted, and the data. The page is a single file that needs
    no network; its tables can be downloaded from it. What cannot be shown says why.

    Parameters
    ----------
    learner : fitted learner, or dict of str to fitted learner
        Learners of a dict were fitted to the same data, and are called by its keys. Average effects
        that several learners share are shown once.
    X : table of shape (n_rows, n_features), optional
        The covariates of ``fit``, in memory. Without them the page has average effects, overlap and
        robustness alone.
    path : str or Path, default "report.html"
        The file; one that is there is replaced.
    for_whom : sequence of str, optional
        What is asked about whom treatments work for, of ``"gates"``, ``"rank_curve"``, ``"rate"``,
        ``"clan"``, ``"best_linear_projection"``, ``"policy_tree"`` and ``"calibration"``; all but
        ``"rate"`` and ``"best_linear_projection"`` by default. All but ``"policy_tree"`` and
        ``"best_linear_projection"`` need ``judged_effects``, which fits models of earlier folds:
        about as much work as the fit. ``()`` for nothing that must be fitted.
    costs : float, or array of shape (n_variants - 1,), optional
        What each treatment costs more than control, in units of the outcome; in the order of the
        treatments, or by their labels: as a dict, Series or frame.
    planned : bool, default False
        Whether these questions were planned before the data were seen; else the page calls them
        exploratory.
    level : float, default 0.95
        Of the intervals.
    outcome, treatment : str
        What they are called on the page.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    InvalidInput
        If ``X`` is not the covariates of ``fit``, the learners of a dict were fitted to different
        data, or a question is unknown.
    InvalidType, NotFitted
        If ``learner`` is not a fitted learner, or not a dict of some.
    MissingExtra
        If Jinja or Matplotlib is not installed; the extra ``cli`` has both.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner, report
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(500, random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... ).fit(study.X, study.y, study.w)
    >>> file = report(learner, study.X, Path(mkdtemp()) / "report.html", outcome="weight")
    >>> "On average, treatment 1 instead of 0 raises weight by" in file.read_text()
    True
    """
    learners = _checked_learners(learner)
    wanted = Wanted(
        questions=_checked_questions(for_whom),
        costs=costs,
        planned=planned,
        level=check_level(level),
        outcome=outcome,
        treatment=treatment,
    )
    X = _same_data(learners, X)
    if costs is not None:  # wrong names are told before anything is computed
        costs_in_order(costs, tuple(next(iter(learners.values())).variants_))
    matplotlib()
    template("page.html.j2")  # a missing package is told before anything is computed
    page = page_of(contents_of(learners, X, wanted))
    with whole_file(Path(path)) as file:
        file.write(page.encode())
    return Path(path)


def _checked_learners(given: Any) -> dict[str, MetaLearner]:
    """The learners by name; raises unless all are fitted."""
    if isinstance(given, MetaLearner):
        given = {given.declaration.name: given}
    elif not isinstance(given, Mapping):
        raise InvalidType(
            "'learner' must be a fitted learner, or a dict of fitted learners. Got "
            f"{type(given).__name__}."
        )
    if not given:
        raise InvalidInput("'learner' is an empty dict. Pass at least one fitted learner.")
    for learner in given.values():
        fitted_state(learner)
    return {str(name): learner for name, learner in given.items()}


def _same_data(learners: Mapping[str, MetaLearner], X: Any) -> Any:
    """``X`` as a table; raises unless all learners were fitted to the same rows, and to ``X``."""
    data = {name: _keys(learner) for name, learner in learners.items()}
    first = next(iter(data))
    for name, keys in data.items():
        if keys != data[first]:
            raise InvalidInput(
                f"'learner' has {first!r} and {name!r}, which were fitted to different data. Write "
                "a report for each."
            )
    return None if X is None else training_table(learners[first], X)


def _keys(learner: MetaLearner) -> tuple[str, str, str]:
    """The keys of the data that a learner was fitted to."""
    study = fitted_state(learner).study
    return study.X.key, study.y.key, study.w.key


def _checked_questions(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """What is asked about whom treatments work for; None is the default."""
    if given is None:
        return None
    known = [*FOR_WHOM, *CALIBRATION]
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidType(f"'for_whom' must be a list of some of {known}. Got {given!r}.")
    unknown = [question for question in given if question not in known]
    if unknown:
        raise InvalidInput(f"'for_whom' must be a list of some of {known}. Got {unknown[0]!r}.")
    return tuple(given)
