"""The learners by name. One class statement each: a declaration is all that a learner adds."""

from __future__ import annotations

from causal_dask.declared import saved
from causal_dask.errors import InvalidInput
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.transformed_outcomes import FLearner, PWLearner, ULearner
from causal_dask.learners.dr import DR
from causal_dask.learners.r import R
from causal_dask.learners.ra import RA
from causal_dask.learners.s import S
from causal_dask.learners.t import T
from causal_dask.learners.x import X


@saved("SLearner")
class SLearner(MetaLearner, declaration=S):
    """One outcome model that sees the treatment variant as a feature.

    The CATE is the difference of its predictions under treatment and under control. A pandas ``X``
    and a model that declares categorical support get the variant as an integer category, all other
    models get K - 1 dummies.

    Needs ``nuisance_model_factory`` (model kind ``base_model``). Outcomes may be numbers or any
    number of classes. The other parameters are those of every learner.

    References
    ----------
    Künzel, Sekhon, Bickel & Yu (2019), "Metalearners for estimating heterogeneous treatment
    effects using machine learning", PNAS 116(10), section 2.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import SLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0, effect="constant")
    >>> learner = SLearner(nuisance_model_factory=LinearRegression, n_folds=5, random_state=0)
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> tau.shape, round(float(tau.mean() - study.ate[0]), 1)
    ((2000, 1, 1), 0.0)
    """


@saved("TLearner")
class TLearner(MetaLearner, declaration=T):
    """One outcome model for each treatment variant.

    The CATE is the difference of the variants' predictions. Needs ``nuisance_model_factory``
    (model kind ``variant_outcome_model``). Outcomes may be numbers or any number of classes. The
    other parameters are those of every learner.

    References
    ----------
    Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), section 2.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import TLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0, n_variants=3)
    >>> learner = TLearner(nuisance_model_factory=LinearRegression, n_folds=5, random_state=0)
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> tau.shape, bool(abs(tau[..., 0] - study.effects).mean() < 0.3)
    ((2000, 2, 1), True)
    """


@saved("XLearner")
class XLearner(MetaLearner, declaration=X):
    """Imputed effects, modelled on the treated and on the controls, blended by propensity.

    Needs ``nuisance_model_factory`` (``variant_outcome_model``), ``propensity_model_factory`` and
    ``treatment_model_factory`` (``treatment_effect_model``, ``control_effect_model``). Outcomes may
    be numbers or two classes. The other parameters are those of every learner.

    References
    ----------
    Künzel, Sekhon, Bickel & Yu (2019), PNAS 116(10), section 2, equations 7 to 9.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import XLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = XLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> bool(abs(tau[..., 0] - study.effects).mean() < 0.2)
    True
    """


@saved("RLearner")
class RLearner(MetaLearner, declaration=R):
    """The outcome's residual regressed on the treatment's, one contrast at a time.

    Needs ``nuisance_model_factory`` (``outcome_model``, one per contrast on the contrast's rows,
    so that each contrast's loss is orthogonal), ``propensity_model_factory`` and a
    ``treatment_model_factory`` (``treatment_model``) whose ``fit`` takes ``sample_weight``.
    Outcomes may be numbers or two classes. The other parameters are those of every learner; see
    ``MetaLearner``.

    References
    ----------
    Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects",
    Biometrika 108(2), equations 4 to 6.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import RLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = RLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> bool(abs(tau[..., 0] - study.effects).mean() < 0.2)
    True
    """


@saved("RALearner")
class RALearner(MetaLearner, declaration=RA):
    """The regression-adjusted outcome, regressed on the covariates.

    Needs ``nuisance_model_factory`` (``variant_outcome_model``) and ``treatment_model_factory``
    (``treatment_model``), and no propensity. Outcomes may be numbers or two classes. The other
    parameters are those of every learner.

    References
    ----------
    Curth & van der Schaar (2021), "Nonparametric estimation of heterogeneous treatment effects:
    from theory to learning algorithms", AISTATS, section 3.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import RALearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = RALearner(
    ...     nuisance_model_factory=LinearRegression, treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> tau = learner.fit(study.X, study.y, study.w).predict(study.X)
    >>> bool(abs(tau[..., 0] - study.effects).mean() < 0.2)
    True
    """


@saved("DRLearner")
class DRLearner(MetaLearner, declaration=DR):
    """The doubly robust (AIPW) score, regressed on the covariates of all rows.

    Needs ``nuisance_model_factory`` (``variant_outcome_model``), ``propensity_model_factory`` and
    ``treatment_model_factory`` (``treatment_model``). Outcomes may be numbers or two classes. The
    other parameters are those of every learner.

    With ``adaptive_clipping``, rows where a propensity of the contrast is clipped get the
    difference of the outcome models instead of the score (DR-Switch).

    References
    ----------
    Kennedy (2023), "Towards optimal doubly robust estimation of heterogeneous causal effects",
    Electronic Journal of Statistics 17(2), equation 2.

    Mahajan, Mitliagkas, Neal & Syrgkanis (2024), "Empirical analysis of model selection for
    heterogeneous causal effect estimation", ICLR, section 4.1.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from causal_dask import DRLearner
    >>> from causal_dask.datasets import make_study
    >>> study = make_study(2000, random_state=0)
    >>> learner = DRLearner(
    ...     nuisance_model_factory=LinearRegression,
    ...     propensity_model_factory=LogisticRegression,
    ...     treatment_model_factory=LinearRegression,
    ...     n_folds=5, random_state=0,
    ... )
    >>> estimate, error = learner.fit(study.X, study.y, study.w).average_treatment_effect()
    >>> bool(abs(estimate[0] - study.ate[0]) < 3 * error[0])
    True
    """


CATALOGUE: tuple[type[MetaLearner], ...] = (
    SLearner, TLearner, XLearner, RLearner, RALearner, DRLearner, ULearner, PWLearner, FLearner,
)  # fmt: skip
"""The learners of this package. Job files, tests and ``metalearner_factory`` read them from here,
so a new one needs its declaration, its class and its name in this tuple.
"""


def metalearner_factory(metalearner_prefix: str) -> type[MetaLearner]:
    """Find a learner's class by the prefix of its name.

    Parameters
    ----------
    metalearner_prefix : str
        "S", "T", "X", "R", "RA", "DR", "U", "PW" or "F".

    Returns
    -------
    type
        The class, not an instance.

    Raises
    ------
    InvalidInput
        If no learner has this prefix.

    Examples
    --------
    >>> metalearner_factory("DR").__name__
    'DRLearner'
    """
    classes = {cls.declaration.name: cls for cls in CATALOGUE}
    if metalearner_prefix not in classes:
        raise InvalidInput(
            f"'metalearner_prefix' must be one of {list(classes)}. Got {metalearner_prefix!r}."
        )
    return classes[metalearner_prefix]
