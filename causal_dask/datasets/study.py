"""Draw a whole study from one design: covariates, assignment and outcomes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypedDict, Unpack

from causal_dask.datasets.arguments import RandomState, generator
from causal_dask.datasets.assignment import assign_treatment, make_propensities
from causal_dask.datasets.covariates import make_covariates
from causal_dask.datasets.outcomes import Effect, Outcome, draw_outcomes, make_outcomes
from causal_dask.datasets.synthetic import SyntheticData
from causal_dask.errors import InvalidType


class StudyOptions(TypedDict, total=False):
    """The options of `make_study`, so that editors and type checkers know them."""

    n_features: int
    n_variants: int
    effect: Effect
    outcome: Outcome
    confounding: float
    noise: float


@dataclass(frozen=True, slots=True)
class StudyDesign:
    """A value for each option of `make_study`."""

    n_features: int = 6
    n_variants: int = 2
    effect: Effect = "linear"
    outcome: Outcome = "regression"
    confounding: float = 0.5
    noise: float = 1.0


def make_study(
    n_rows: int = 1000, random_state: RandomState = None, **options: Unpack[StudyOptions]
) -> SyntheticData:
    """A study with K variants whose effects, outcomes and propensities are known.

    Covariates are independent and standard normal. `make_propensities` and `make_outcomes` say
    how the assignment and the outcomes depend on them; both use the first covariates, so that
    the crude difference of means is biased unless ``confounding`` is 0.

    Parameters
    ----------
    n_rows : int, default=1000
        Number of rows, at least 1.
    random_state : int, numpy.random.Generator or None, default=None
        The same integer gives the same study.
    **options
        Any of:

        - ``n_features``, int, default 6: the number of covariates, at least 1.
        - ``n_variants``, int, default 2: K, control included.
        - ``effect``, "none", "constant", "linear" (default) or "nonlinear": how the effects depend
          on the covariates; on the log odds where the outcome is binary.
        - ``outcome``, "regression" (default) or "binary": normal outcomes, or zeros and ones.
        - ``confounding``, float, default 0.5: how strongly the assignment follows the covariates;
          0 is a randomised trial.
        - ``noise``, float, default 1.0: the standard deviation of the outcomes around their means;
          not used for binary outcomes.

    Returns
    -------
    SyntheticData
        The study with its true outcomes, effects and propensities.

    Raises
    ------
    InvalidInput
        If an option is out of range.
    InvalidType
        If there is no such option.

    Examples
    --------
    >>> data = make_study(n_rows=200, n_variants=3, outcome="binary", random_state=0)
    >>> data.X.shape, data.outcomes.shape
    ((200, 6), (200, 3))
    >>> sorted(set(data.y.tolist()))
    [0, 1]
    """
    design = _design(options)
    random = generator(random_state)
    X = make_covariates(n_rows, design.n_features, random_state=random)
    propensities = make_propensities(X, design.n_variants, design.confounding)
    outcomes = make_outcomes(X, design.n_variants, design.effect, design.outcome)
    w = assign_treatment(propensities, random)
    y = draw_outcomes(outcomes, w, design.outcome, design.noise, random)
    return SyntheticData(X, y, w, outcomes, propensities)


def _design(options: StudyOptions) -> StudyDesign:
    """The design with these options and the defaults of the others."""
    known = [field.name for field in fields(StudyDesign)]
    for name in options:
        if name not in known:
            raise InvalidType(f"make_study has no option {name!r}. It has {', '.join(known)}.")
    return StudyDesign(**options)
