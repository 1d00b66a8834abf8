"""Learners that regress an outcome transformed by residuals or propensities, one class each."""

from __future__ import annotations

from causal_dask.declared import saved
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.learners.f import F
from causal_dask.learners.pw import PW
from causal_dask.learners.u import U


@saved("ULearner")
class ULearner(MetaLearner, declaration=U):
    """The ratio of the outcome's residual to the treatment's, regressed on the covariates.

    The R-learner without weights: rows whose propensity is near 0 or 1 count as much as others, so
    it is less stable. Needs ``nuisance_model_factory`` (``outcome_model``, one per contrast),
    ``propensity_model_factory`` and ``treatment_model_factory`` (``treatment_model``). Outcomes may
    be numbers or two classes. The other parameters are those of every learner.

    References
    ----------
    Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), supplement; Nie & Wager (2021), "Quasi-oracle
    estimation of heterogeneous treatment effects", Biometrika 108(2), section 3.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import ULearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = ULearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> bool(abs(tau[..., 0] - study.effects).mean() < 0.4)
    True
    """


@saved("PWLearner")
class PWLearner(MetaLearner, declaration=PW):
    """The outcome weighted by the inverse propensity, regressed on the covariates.

    Needs ``propensity_model_factory`` and ``treatment_model_factory`` (``treatment_model``), and no
    outcome model: it predicts effects only, no outcomes and no average effect. Outcomes may be
    numbers or, with ``is_classification=True``, two classes. Its pseudo-outcomes vary much where
    propensities are small. The other parameters are those of every learner.

    References
    ----------
    Curth & van der Schaar (2021), "Nonparametric estimation of heterogeneous treatment effects:
    from theory to learning algorithms", AISTATS, section 3.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import PWLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = PWLearner(
    ...     propensity_model_factory=LogisticRegression, treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> bool(abs(tau.mean() - study.ate[0]) < 0.5)
    True
    """


@saved("FLearner")
class FLearner(MetaLearner, declaration=F):
    """The transformed outcome, regressed on the covariates: the PW-learner by its other name.

    Needs what ``PWLearner`` needs, and gives the same estimates.

    References
    ----------
    Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), supplement. Athey & Imbens (2016), "Recursive
    partitioning for heterogeneous causal effects", PNAS 113(27), calls it the transformed outcome.

    Examples
    --------
    >>> from causal_dask import FLearner, PWLearner
    >>> FLearner.declaration.steps == PWLearner.declaration.steps
    True
    """
