"""The fingerprints of Python's and NumPy's plain values and containers."""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from causal_dask.keys.content import content_of, fingerprint, of_scalar, part_of, type_identity
from causal_dask.keys.hashing import digest

for scalar in (types.NoneType, bool, int, float, complex, str):
    content_of.register(scalar)(of_scalar)


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


@content_of.register(np.random.RandomState)
def _of_random_state(value: np.random.RandomState) -> str:
    return digest("RandomState", fingerprint(value.get_state(legacy=True)))


@content_of.register(np.random.Generator)
def _of_generator(value: np.random.Generator) -> str:
    return digest("Generator", fingerprint(value.bit_generator.state))
