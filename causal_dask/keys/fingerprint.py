"""What "the same" means for values, functions, classes and estimators; of tables, see ``tables``.

Own hashing, since ``dask.tokenize`` depends on which hash package is installed, joins strings
without their lengths and takes two unseeded forests for equal. What has no content to go by gets
a fresh identity: a miss costs a fit, a false match costs a wrong result.
"""

from __future__ import annotations

import copyreg
import enum
import types
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import is_dataclass
from functools import cache, partial, singledispatch
from typing import Any

import narwhals as nw
import numpy as np
import scipy.special
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from causal_dask.declared import declaration_of
from causal_dask.keys.code import class_parts, function_parts, is_importable
from causal_dask.keys.hashing import digest
from causal_dask.keys.packages import OWN_PREFIX, package_version

EXECUTION_PARAMETERS = frozenset(
    {"n_jobs", "nthread", "num_threads", "thread_count", "n_threads", "verbose", "verbosity"}
)
"""Parameters that say how a model runs, not what it computes."""


SCALARS = frozenset({type(None), bool, int, float, complex, str})


BUILTINS = (*SCALARS, bytes, list, tuple, dict, set, frozenset)


_met: ContextVar[dict[int, tuple[Any, str | None]] | None] = ContextVar("_met", default=None)
"""What one call has met so far, with its fingerprint; values are kept so that ids stay theirs."""


def fingerprint(value: Any) -> str:
    """What ``value`` holds, in 32 hex digits; equal in every process."""
    own = getattr(value, "content_fingerprint", None)
    if isinstance(own, str):
        return own
    if type(value) in SCALARS:
        return _of_scalar(value)
    if type(value) is types.FunctionType and value.__module__.startswith(OWN_PREFIX):
        return _of_own_function(value)
    if _is_own_record(value.__class__):
        return digest(type(value).__name__, *map(part_of, _of_fields(value)))
    met = _met.get()
    if met is not None:
        return _of_part(value, met)
    met = {}
    token = _met.set(met)
    try:
        return _of_part(value, met)
    finally:
        _met.reset(token)


def part_of(value: Any) -> str:
    """What stands for ``value`` in the digest of something larger: plain values for themselves."""
    return f"={value!r}" if _is_plain(value) else fingerprint(value)


def _is_plain(value: Any) -> bool:
    """Whether a value is what is written, and nothing more."""
    kind = type(value)
    return kind in SCALARS or kind is tuple and all(type(part) in SCALARS for part in value)


def _of_part(value: Any, met: dict[int, tuple[Any, str | None]]) -> str:
    """The fingerprint of ``value``, computed once wherever it is met inside another value."""
    if id(value) in met:
        return met[id(value)][1] or _of_itself(value)
    met[id(value)] = (value, None)
    try:
        found = _of_reduced(value) if _is_more_than_builtin(value) else content_of(value)
    except Exception:  # noqa: BLE001 - whatever a foreign object raises, it has no content we know
        found = fresh_identity()
    met[id(value)] = (value, found)
    return found


def _of_itself(value: Any) -> str:
    """What stands for an object inside itself: code goes by its name, others have no content."""
    is_code = isinstance(value, type | types.FunctionType)
    return digest("itself", value.__qualname__) if is_code else fresh_identity()


@singledispatch
def content_of(value: Any) -> str:
    """Classes by name and version, estimators by parameter, other objects as pickle sees them."""
    if isinstance(value, type):
        return digest("class", *type_identity(value))
    frame = nw.from_native(value, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        return content_of(frame)
    if hasattr(value, "get_params") and not _keeps_state(value):
        return digest(
            "estimator", *type_identity(type(value)), _of_mapping(content_parameters(value))
        )
    return _of_reduced(value)


@cache
def _is_own_record(cls: Any) -> bool:
    """Whether a class is one of our dataclasses, whose fields say all."""
    return is_dataclass(cls) and str(cls.__module__).startswith(OWN_PREFIX)


def _of_fields(record: Any) -> Iterator[Any]:
    """The values of one of our own records."""
    return (getattr(record, name) for name in type(record).__dataclass_fields__)


def _of_reduced(value: Any) -> str:
    """The parts that pickle would rebuild ``value`` from, so that state held in C counts."""
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception:  # noqa: BLE001 - whatever a foreign object raises, it has no content we know
        return fresh_identity()
    if isinstance(reduced, str):
        return _of_global(value, reduced)
    parts = (list(part) if isinstance(part, Iterator) else part for part in reduced)
    return digest("object", *type_identity(type(value)), *map(fingerprint, parts))


def _of_global(value: Any, name: str) -> str:
    """What pickle would find by name; the function itself where a wrapper says what it wraps."""
    module = str(getattr(value, "__module__", type(value).__module__))
    version = package_version(module)
    if version is not None and (not hasattr(value, "__qualname__") or is_importable(value)):
        return digest("global", module, version, name)
    if hasattr(value, "__wrapped__"):
        return digest("global", *type_identity(type(value)), fingerprint(value.__wrapped__))
    return fresh_identity()


def _is_more_than_builtin(value: Any) -> bool:
    """Whether ``value`` is of a subclass of a builtin, which may hold more than the builtin."""
    derived = isinstance(value, BUILTINS) and type(value) not in BUILTINS
    return derived and not isinstance(value, np.generic | enum.Enum)


def fresh_identity() -> str:
    """An identity that equals no other."""
    return uuid.uuid4().hex


def content_parameters(estimator: Any) -> dict[str, Any]:
    """The parameters that decide what ``estimator`` computes."""
    parameters = estimator.get_params(deep=False)
    return {name: parameters[name] for name in parameters if name not in EXECUTION_PARAMETERS}


def type_identity(cls: type) -> tuple[str, ...]:
    """Name and package version of a class; the code itself of one that no package brought."""
    declared = declaration_of(cls)
    if declared is not None:
        return (declared.identity[0], "")
    name = f"{cls.__module__}.{cls.__qualname__}"
    version = package_version(cls.__module__)
    return (name, version) if version is not None else (name, _code_of(cls))


def _code_of(cls: type) -> str:
    """The code of a class that workers could not import a version of."""
    return digest(*map(fingerprint, class_parts(cls)))


def _keeps_state(value: Any) -> bool:
    """Whether an estimator is more than its parameters: fitted, or kept by ``clone`` as it is."""
    own = getattr(type(value), "__sklearn_clone__", None)
    if own is not None and own is not getattr(BaseEstimator, "__sklearn_clone__", None):
        return True
    try:
        check_is_fitted(value)
    except (NotFittedError, TypeError, AttributeError):
        return False
    return hasattr(value, "__sklearn_is_fitted__") or any(
        name.endswith("_") and not name.startswith("_") for name in vars(value)
    )


@content_of.register(types.NoneType)
@content_of.register(bool)
@content_of.register(int)
@content_of.register(float)
@content_of.register(complex)
@content_of.register(str)
def _of_scalar(value: Any) -> str:
    return digest(type(value).__name__, repr(value))


@content_of.register(bytes)
def _of_bytes(value: bytes) -> str:
    return digest("bytes", value)


@content_of.register(np.generic)
def _of_numpy_scalar(value: np.generic) -> str:
    return fingerprint(np.asarray(value))


@content_of.register(enum.Enum)
def _of_enum(value: enum.Enum) -> str:
    return digest("enum", *type_identity(type(value)), value.name)


@content_of.register(tuple)
@content_of.register(list)
def _of_sequence(value: Sequence[Any]) -> str:
    return digest(type(value).__name__, *map(part_of, value))


@content_of.register(set)
@content_of.register(frozenset)
def _of_set(value: Iterable[Any]) -> str:
    return digest("set", *sorted(map(fingerprint, value)))


@content_of.register(dict)
@content_of.register(types.MappingProxyType)
def _of_mapping(value: Mapping[Any, Any]) -> str:
    pairs = sorted((part_of(key), part_of(item)) for key, item in value.items())
    return digest("mapping", *(part for pair in pairs for part in pair))


@content_of.register(types.FunctionType)
def _of_function(value: types.FunctionType) -> str:
    """A function as it was declared, by its package's version, or by its code."""
    declared = declaration_of(value)
    if declared is not None:
        path, number = declared.identity
        return digest("function", path, "", number)
    name = f"{value.__module__}.{value.__qualname__}"
    version = package_version(str(value.__module__))
    if version is None or not is_importable(value):
        return digest("function", name, *map(fingerprint, function_parts(value)))
    return digest("function", name, version, str(getattr(value, "version", 1)))


@cache
def _of_own_function(value: types.FunctionType) -> str:
    """Ours do not change while they are loaded."""
    return _of_function(value)


@content_of.register(types.BuiltinFunctionType)
def _of_builtin(value: types.BuiltinFunctionType) -> str:
    if value.__self__ is None or isinstance(value.__self__, types.ModuleType):
        return _of_global(value, value.__qualname__)
    return digest("method", fingerprint(value.__self__), value.__name__)


@content_of.register(np.ufunc)
def _of_ufunc(value: np.ufunc) -> str:
    for package in (np, scipy.special):
        if getattr(package, value.__name__, None) is value:
            version = str(package_version(package.__name__))
            return digest("ufunc", package.__name__, version, value.__name__)
    return fresh_identity()  # made of a Python function, which it does not tell


@content_of.register(types.MethodType)
def _of_method(value: types.MethodType) -> str:
    return digest("method", fingerprint(value.__self__), value.__name__)


@content_of.register(partial)
def _of_partial(value: partial[Any]) -> str:
    return digest("partial", *map(fingerprint, (value.func, value.args, value.keywords)))


@content_of.register(np.random.RandomState)
def _of_random_state(value: np.random.RandomState) -> str:
    return digest("RandomState", fingerprint(value.get_state(legacy=True)))


@content_of.register(np.random.Generator)
def _of_generator(value: np.random.Generator) -> str:
    return digest("Generator", fingerprint(value.bit_generator.state))
