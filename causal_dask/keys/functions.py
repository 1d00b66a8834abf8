"""The fingerprints of functions and classes: by declared name, by package version, or by code."""

from __future__ import annotations

import types
from functools import partial
from typing import Any

import numpy as np
import scipy.special

from causal_dask.declared import Declared, declaration_of
from causal_dask.keys.code import function_parts, is_importable
from causal_dask.keys.content import (
    content_of,
    fingerprint,
    fresh_identity,
    of_global,
    type_identity,
)
from causal_dask.keys.hashing import digest
from causal_dask.keys.packages import package_version


@content_of.register(type)
def _of_class(value: type) -> str:
    return digest("class", *type_identity(value))


@content_of.register(types.FunctionType)
def _of_function(value: types.FunctionType) -> str:
    """By declared name and version if it has them; by code if no package brought it."""
    declared = declaration_of(value)
    if declared is not None:
        return of_declared(declared)
    name = f"{value.__module__}.{value.__qualname__}"
    version = package_version(str(value.__module__))
    if version is None or not is_importable(value):
        return digest("function", name, *map(fingerprint, function_parts(value)))
    return digest("function", name, version, str(getattr(value, "version", 1)))


def of_declared(declared: Declared) -> str:
    """The fingerprint of a function that was declared so."""
    path, number = declared.identity
    return digest("function", path, "", number)


@content_of.register(types.BuiltinFunctionType)
def _of_builtin(value: types.BuiltinFunctionType) -> str:
    if value.__self__ is None or isinstance(value.__self__, types.ModuleType):
        return of_global(value, value.__qualname__)
    return digest("method", fingerprint(value.__self__), value.__name__)


@content_of.register(np.ufunc)
def _of_ufunc(value: np.ufunc) -> str:
    for package in (np, scipy.special):
        if getattr(package, value.__name__, None) is value:
            version = str(package_version(package.__name__))
            return digest("ufunc", package.__name__, version, value.__name__)
    return fresh_identity()  # made by np.frompyfunc, and it does not reveal of which function


@content_of.register(types.MethodType)
def _of_method(value: types.MethodType) -> str:
    return digest("method", fingerprint(value.__self__), value.__name__)


@content_of.register(partial)
def _of_partial(value: partial[Any]) -> str:
    return digest("partial", *map(fingerprint, (value.func, value.args, value.keywords)))
