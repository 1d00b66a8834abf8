"""What is measured of a fitted learner in one replication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from typing import Any

import numpy as np

from causal_dask.errors import InvalidInput, InvalidType
from causal_dask.studies.design import check_names
from causal_dask.studies.drawn import Drawn

Measure = Callable[[Any, Drawn], Any]
"""Given a fitted learner and the data, a number, or numbers by name."""

LEVEL = 0.95


def mse(learner: Any, data: Drawn) -> Any:
    """The mean squared error of single effects: of new rows, if there are any."""
    return _by_contrast(np.mean(_errors(learner, data) ** 2, axis=0))


def rmse(learner: Any, data: Drawn) -> Any:
    """The root mean squared error of single effects (PEHE): of new rows, if there are any."""
    return _by_contrast(np.sqrt(np.mean(_errors(learner, data) ** 2, axis=0)))


def bias(learner: Any, data: Drawn) -> Any:
    """The mean error of single effects: of new rows, if there are any."""
    return _by_contrast(np.mean(_errors(learner, data), axis=0))


def ate_error(learner: Any, data: Drawn) -> Any:
    """The error of the average effect."""
    estimate = np.asarray(_average(learner).estimate)
    return _by_contrast(estimate - _truth(learner, data, len(estimate)))


def coverage(learner: Any, data: Drawn) -> Any:
    """Whether the 95 % interval of the average effect holds the true one: 1 or 0."""
    lower, upper = _interval(learner)
    truth = _truth(learner, data, len(lower))
    known = ~np.isnan(lower + truth + upper)
    return _by_contrast(np.where(known, (lower <= truth) & (truth <= upper), np.nan))


def width(learner: Any, data: Drawn) -> Any:
    """The width of the 95 % interval of the average effect."""
    del data
    lower, upper = _interval(learner)
    return _by_contrast(upper - lower)


def seconds(learner: Any, data: Drawn) -> float:
    """The seconds of a learner's fits and predictions, one after the other."""
    del data
    return float(learner.timings_["seconds"].sum())


MEASURES: dict[str, Measure] = {
    each.__name__: each for each in (mse, rmse, bias, ate_error, coverage, width, seconds)
}


OF_EFFECTS = frozenset({mse, rmse, bias})
"""The measures that ask a learner for effects alone; seconds are those of a whole fit."""


def answers_for(measures: Iterable[Measure], data: Drawn) -> str | None:
    """What learners are asked, as ``fit`` takes it; None, for all, unless it is effects alone."""
    if not OF_EFFECTS.issuperset(measures):
        return None
    is_new = data.X_new is not None and data.effects_new is not None
    return "new rows" if is_new else "training rows"


def measures_of(given: Any) -> dict[str, Measure]:
    """Measures by name, from names of ours and functions of the user's."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Mapping | Iterable):
        raise _wrong(given)
    listed: Iterable[tuple[Any, Any]]
    listed = given.items() if isinstance(given, Mapping) else [(None, each) for each in given]
    found = [_measure_of(name, each) for name, each in listed]
    if not found:
        raise _wrong(given)
    names = [name for name, _ in found]
    check_names("measures", names)
    _check_numbered(names)
    return dict(found)


def _check_numbered(names: list[str]) -> None:
    """Raise if a name is that of another measure of one of several treatments."""
    for name in names:
        of, _, number = name.rpartition(" ")
        if number.isdecimal() and of in names:
            raise InvalidInput(
                f"'measures' has {name!r} beside {of!r}, whose results are called so where there "
                "are several treatments. Give it another name."
            )


def _measure_of(name: str | None, given: Any) -> tuple[str, Measure]:
    """The name of a measure and its function."""
    if isinstance(given, str) and given in MEASURES:
        return name or given, MEASURES[given]
    if not callable(given):
        raise _wrong(given)
    return str(name or getattr(given, "__name__", type(given).__name__)), given


def values_of(name: str, measured: Any) -> dict[str, float]:
    """What a measure gave, as numbers by name."""
    if isinstance(measured, Mapping):
        named = [
            found
            for key, each in measured.items()
            for found in values_of(f"{name} {key}", each).items()
        ]
        check_names(name, [key for key, _ in named])
        if named:
            return dict(named)
    if isinstance(measured, Real | np.bool_):
        return {name: float(measured)}
    raise InvalidType(
        f"The measure {name!r} must give a number, or numbers by name. Got "
        f"{'an empty ' if isinstance(measured, Mapping) else ''}{type(measured).__name__}."
    )


_known: ContextVar[dict[str, Any] | None] = ContextVar("known", default=None)
"""What several measures ask of the learner that this thread measures; of no other fit of it."""


@contextmanager
def asked_once() -> Iterator[None]:
    """Within it one fitted learner is measured, and asked each thing once."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def _asked(what: str, ask: Callable[[], Any]) -> Any:
    """What ``ask`` gives, asked once for each learner that is measured."""
    known = _known.get()
    if known is None:
        return ask()
    if what not in known:
        known[what] = ask()
    return known[what]


def _errors(learner: Any, data: Drawn) -> np.ndarray[Any, Any]:
    """Estimated less true effects, (rows, contrasts)."""
    errors: np.ndarray[Any, Any] = _asked("errors", lambda: _errors_of(learner, data))
    return errors


def _errors_of(learner: Any, data: Drawn) -> np.ndarray[Any, Any]:
    _check_control(learner, data)
    if data.X_new is not None and data.effects_new is not None:
        found, truth = learner.predict(data.X_new, is_oos=True), data.effects_new
    elif data.effects is not None:
        found, truth = learner.predict(data.X, is_oos=False), data.effects
    else:
        raise InvalidInput(
            "This measure needs true effects, and 'generate' gave none. Return 'effects' too, or "
            "leave the measure out."
        )
    found = np.asarray(found)
    if found.shape[:2] != truth.shape or found.shape[2] > 2:
        raise InvalidInput(
            "The true effects must have a row for each row and a column for each treatment, of an "
            f"outcome that is a number or has two classes. Got {truth.shape}, and estimates of "
            f"shape {found.shape}."
        )
    errors: np.ndarray[Any, Any] = found[:, :, -1] - truth
    return errors


def _average(learner: Any) -> Any:
    return _asked("average", learner.average_treatment_effect)


def _interval(learner: Any) -> tuple[Any, Any]:
    found = np.asarray(_average(learner).interval(LEVEL))  # a row for each contrast
    return found[:, 0], found[:, 1]


def _check_control(learner: Any, data: Drawn) -> None:
    """Raise if the true effects are against another variant than the learner's."""
    if data.control is None or not hasattr(learner, "variants_"):
        return
    own = np.asarray(learner.variants_).tolist()[0]
    if own != data.control:
        raise InvalidInput(
            f"The learner's control is {own!r}, but the columns of the true effects are named by "
            f"all labels except {data.control!r}. Set the learner's 'control', or rename them."
        )


def _truth(learner: Any, data: Drawn, n_treatments: int) -> Any:
    _check_control(learner, data)
    if data.ate is None:
        raise InvalidInput(
            "This measure needs the true average effect, and 'generate' gave none. Return 'ate' or "
            "'effects' too, or leave the measure out."
        )
    if len(data.ate) != n_treatments:
        raise InvalidInput(
            f"There are {n_treatments} treatments, and {len(data.ate)} true average effects. "
            "Return one for each treatment."
        )
    return data.ate


def _by_contrast(values: Any) -> Any:
    """A number, or one for each treatment where there are several."""
    return float(values[0]) if len(values) == 1 else dict(enumerate(map(float, values), start=1))


def _wrong(given: Any) -> InvalidType:
    return InvalidType(
        f"'measures' must be names out of {list(MEASURES)}, or functions of a fitted learner and "
        f"the data, or a dict of these by name. Got {given!r}."
    )
