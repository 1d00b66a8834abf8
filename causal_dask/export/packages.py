"""The packages of the extra ``onnx``, imported where they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from causal_dask.errors import MissingExtra

EXTRA = "onnx"


def onnx() -> Any:
    """The package onnx, with the modules of it that are used here."""
    for module in ("compose", "checker", "version_converter", "numpy_helper", "helper"):
        _module(f"onnx.{module}")
    return _module("onnx")


def skl2onnx() -> Any:
    """The package that converts scikit-learn's models."""
    return _module("skl2onnx")


def onnxruntime() -> Any:
    """The package that runs ONNX files."""
    return _module("onnxruntime")


def converter(module: str, name: str) -> Any:
    """A converter of another package's models."""
    return getattr(_module(module), name)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra.named(name.partition(".")[0], EXTRA) from error
