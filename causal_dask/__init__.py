"""Heterogeneous treatment effects: metalearners compiled into one Dask task graph."""

from causal_dask.errors import (
    CausalDaskError,
    CausalDaskWarning,
    ClippedPropensities,
    DeclarationError,
    InvalidInput,
    InvalidType,
    MissingExtra,
    ModelFailed,
    NotFitted,
    TrainingRows,
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
from causal_dask.estimators.metalearner import MetaLearner
from causal_dask.estimators.shapes import simplify_output
from causal_dask.formulas.residuals import r_loss
from causal_dask.graph.plan import Plan

__version__ = "0.1.0"

__all__ = [
    "CausalDaskError",
    "CausalDaskWarning",
    "ClippedPropensities",
    "DRLearner",
    "DeclarationError",
    "InvalidInput",
    "InvalidType",
    "MetaLearner",
    "MissingExtra",
    "ModelFailed",
    "NotFitted",
    "Plan",
    "RALearner",
    "RLearner",
    "SLearner",
    "TLearner",
    "TrainingRows",
    "XLearner",
    "__version__",
    "metalearner_factory",
    "r_loss",
    "simplify_output",
]
