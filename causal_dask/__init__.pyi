from causal_dask import models as models
from causal_dask import store as store
from causal_dask import studies as studies
from causal_dask.errors import (
    CausalDaskError,
    CausalDaskWarning,
    ClippedPropensities,
    ClusterLost,
    DeclarationError,
    FewerThreads,
    InconsistentVersions,
    InvalidData,
    InvalidInput,
    InvalidJob,
    InvalidType,
    MissingExtra,
    ModelFailed,
    NotEnoughMemory,
    NotFitted,
    StoreWarning,
    TrainingRows,
    UnencryptedCluster,
    Unreachable,
    Unreadable,
    WorkersDied,
    WorkersDiffer,
)
from causal_dask.estimators.catalogue import (
    DRLearner,
    RALearner,
    RLearner,
    SLearner,
    TLearner,
    XLearner,
    metalearner_factory,
)
from causal_dask.estimators.cross_fit_estimator import CrossFitEstimator
from causal_dask.estimators.fit_each import EachFitted, fit_each
from causal_dask.estimators.fit_together import fit_together, plan_together
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.pooled_estimates import PooledEstimates
from causal_dask.estimators.transformed_outcomes import FLearner, PWLearner, ULearner
from causal_dask.evaluation.balance import balance_table
from causal_dask.evaluation.balance_figure import plot_balance
from causal_dask.evaluation.compare_parallelism import ParallelismReport, compare_parallelism
from causal_dask.evaluation.effect_curve_figure import plot_effect_of
from causal_dask.evaluation.effect_importances import effect_importances
from causal_dask.evaluation.effects_figure import plot_effects
from causal_dask.evaluation.importance_figure import plot_importances
from causal_dask.evaluation.overlap import OverlapReport, overlap_report
from causal_dask.evaluation.propensity_figure import plot_propensities
from causal_dask.evaluation.timings_figure import plot_timings
from causal_dask.explanation.explainer import Explainer
from causal_dask.fitted.average_effect import ATEResult
from causal_dask.fitted.effect_intervals import EffectIntervals
from causal_dask.fitted.estimate_table import EstimateTable
from causal_dask.fitted.group_effects import GroupEffects
from causal_dask.fitted.judged_effects import JudgedEffects
from causal_dask.fitted.output import simplify_output
from causal_dask.fitted.scores import Scores
from causal_dask.formulas.residuals import r_loss
from causal_dask.inference.figures.bounds import plot_sensitivity
from causal_dask.inference.figures.curves import plot_curve
from causal_dask.inference.figures.groups import plot_gates
from causal_dask.inference.figures.policy_tree import plot_policy_tree
from causal_dask.inference.heterogeneity.best_linear_projection import (
    LinearProjection,
    best_linear_projection,
)
from causal_dask.inference.heterogeneity.calibration import calibration
from causal_dask.inference.heterogeneity.clan import Clan, clan
from causal_dask.inference.heterogeneity.gates import Gates, gates
from causal_dask.inference.heterogeneity.rank_curve import RankCurve, rank_curve
from causal_dask.inference.heterogeneity.rate import compare_rankings, rate
from causal_dask.inference.peers import to_drtester
from causal_dask.inference.policies.budget_curve import BudgetCurve, budget_curve
from causal_dask.inference.policies.policy_tree import PolicyTree
from causal_dask.inference.policies.policy_value import PolicyValue, policy_value
from causal_dask.inference.policies.tree_search import policy_tree
from causal_dask.inference.robustness.confounder_benchmarks import confounder_benchmarks
from causal_dask.inference.robustness.refute import refute
from causal_dask.inference.robustness.sensitivity import Sensitivity, sensitivity
from causal_dask.plans.describe import Description
from causal_dask.plans.plan import Plan
from causal_dask.reports.report import report
from causal_dask.saving.load import load
from causal_dask.selection.candidate_grid import candidate_grid
from causal_dask.selection.choice import Choice
from causal_dask.selection.choose import choose
from causal_dask.selection.ensemble import EnsembleLearner
from causal_dask.selection.figure import plot_choice
from causal_dask.selection.grid_search import MetaLearnerGridSearch
from causal_dask.selection.tuning.tune import tune
from causal_dask.selection.tuning.tuning import Tuning
from causal_dask.study.propensity_models import FixedBinaryPropensity

__version__: str

__all__ = [
    "ATEResult",
    "BudgetCurve",
    "CausalDaskError",
    "CausalDaskWarning",
    "Choice",
    "Clan",
    "ClippedPropensities",
    "ClusterLost",
    "CrossFitEstimator",
    "DRLearner",
    "DeclarationError",
    "Description",
    "EachFitted",
    "EffectIntervals",
    "EnsembleLearner",
    "EstimateTable",
    "Explainer",
    "FLearner",
    "FewerThreads",
    "FixedBinaryPropensity",
    "Gates",
    "GroupEffects",
    "InconsistentVersions",
    "InvalidData",
    "InvalidInput",
    "InvalidJob",
    "InvalidType",
    "JudgedEffects",
    "LinearProjection",
    "MetaLearner",
    "MetaLearnerGridSearch",
    "MissingExtra",
    "ModelFailed",
    "NotEnoughMemory",
    "NotFitted",
    "OverlapReport",
    "PWLearner",
    "ParallelismReport",
    "Plan",
    "PolicyTree",
    "PolicyValue",
    "PooledEstimates",
    "RALearner",
    "RLearner",
    "RankCurve",
    "SLearner",
    "Scores",
    "Sensitivity",
    "StoreWarning",
    "TLearner",
    "TrainingRows",
    "Tuning",
    "ULearner",
    "UnencryptedCluster",
    "Unreachable",
    "Unreadable",
    "WorkersDied",
    "WorkersDiffer",
    "XLearner",
    "__version__",
    "balance_table",
    "best_linear_projection",
    "budget_curve",
    "calibration",
    "candidate_grid",
    "choose",
    "clan",
    "compare_parallelism",
    "compare_rankings",
    "confounder_benchmarks",
    "effect_importances",
    "fit_each",
    "fit_together",
    "gates",
    "load",
    "metalearner_factory",
    "overlap_report",
    "plan_together",
    "plot_balance",
    "plot_choice",
    "plot_curve",
    "plot_effect_of",
    "plot_effects",
    "plot_gates",
    "plot_importances",
    "plot_policy_tree",
    "plot_propensities",
    "plot_sensitivity",
    "plot_timings",
    "policy_tree",
    "policy_value",
    "r_loss",
    "rank_curve",
    "rate",
    "refute",
    "report",
    "sensitivity",
    "simplify_output",
    "to_drtester",
    "tune",
]
