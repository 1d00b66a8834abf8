"""Simulation studies: many replications of settings, learners and measures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from causal_dask.errors import ShortTraceback
from causal_dask.keys.fingerprint import fingerprint
from causal_dask.keys.hashing import digest
from causal_dask.sources.addresses import folder_here
from causal_dask.sources.pyarrow import pyarrow
from causal_dask.studies.arguments import (
    checked_count,
    checked_part,
    keyed,
    learners_of,
    send_by_value,
)
from causal_dask.studies.design import settings_of
from causal_dask.studies.drawn import function_of
from causal_dask.studies.files import open_folder
from causal_dask.studies.forecast import Forecast, forecast
from causal_dask.studies.measures import measures_of
from causal_dask.studies.redrawn import warn_of_random_numbers
from causal_dask.studies.replication import Replication, Work
from causal_dask.studies.results import StudyResults, write_table
from causal_dask.studies.running import Run
from causal_dask.studies.until import goal_of


class Study:
    """A simulation study: learners fitted to many draws of data whose effects are known.

    Parameters
    ----------
    generate : callable or str
        Draws data: a function ``generate(setting, rng)`` that returns X, y, w and the true effects
        (as a tuple, a dict, or an object such as ``make_study`` gives); or the name of one,
        ``module.function``, which workers import. A function without a parameter ``setting`` gets
        the setting by name, and the generator of random numbers as ``random_state``.
    learners : dict or list of learners, or callable
        By name. A learner without a ``random_state`` gets one for each replication. Those of a
        replication share their equal fits. A function ``learner(data)`` returns anything fitted
        that the measures understand. A function of the setting may return the dict.
    design : dict, list of dicts or DataFrame, optional
        The settings: a grid, of which all combinations are taken, or one setting in each item or
        row. Left out: one setting without names.
    measures : list or dict, default ("rmse", "bias")
        Names: ``rmse`` (PEHE), ``mse`` and ``bias`` of single effects; ``ate_error``, ``coverage``
        and ``width`` of average effects and their 95 % intervals; ``seconds`` of all fits. Or
        functions ``measure(learner, data)`` of a fitted learner and the data (attributes ``X``,
        ``y``, ``w``, ``effects``, ``X_new``, ``effects_new``, ``ate``, ``extra``) that return a
        number, or numbers by name.
    replications : int, default 100
        Of each setting.
    seed : int, default 0
        All random numbers are drawn from it, the setting and the number of the replication, so that
        no result depends on the others, or on where and when it was run.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from causal_dask import SLearner, TLearner
    >>> from causal_dask.studies import Study
    >>> study = Study(
    ...     generate="causal_dask.datasets.make_study",
    ...     design={"n_rows": [200, 800]},
    ...     learners={
    ...         "T": TLearner(nuisance_model_factory=LinearRegression, n_folds=2),
    ...         "S": SLearner(nuisance_model_factory=LinearRegression, n_folds=2),
    ...     },
    ...     replications=3,
    ... )
    >>> import dask
    >>> with dask.config.set(scheduler="synchronous"):
    ...     results = study.run()
    >>> results.table.shape
    (24, 6)
    >>> list(results.summary().columns)
    ['mean', 'mc_error', 'sd', 'median', 'n', 'failed']
    """

    @ShortTraceback()
    def __init__(  # noqa: PLR0913 - a study has as many parts
        self,
        *,
        generate: Any,
        learners: Any,
        design: Any = None,
        measures: Any = ("rmse", "bias"),
        replications: int = 100,
        seed: int = 0,
    ) -> None:
        self.generate = function_of(generate)
        self.settings = settings_of(design)
        self.measures = measures_of(measures)
        self.replications = checked_count("replications", replications)
        self.seed = checked_count("seed", seed, least=0)
        self.learners = learners

    @ShortTraceback()
    def run(
        self,
        folder: str | Path | None = None,
        *,
        replications: int | None = None,
        until: Mapping[str, Any] | None = None,
        part: tuple[int, int] | None = None,
    ) -> StudyResults:
        """Run the replications that are missing, on the scheduler that Dask would use.

        Each replication is one task, in which its fits run one after the other. Where no scheduler
        was chosen, that is in processes of this machine.

        Parameters
        ----------
        folder : str or Path, optional
            Where each replication is kept as soon as it has run, and the table as
            ``table.parquet``. A run that was cut short goes on from there, and so does one with
            more replications, settings, learners or measures: what is there is not run again. Left
            out: nothing is kept but what is returned.
        replications : int, optional
            Of each setting, in place of those of the study.
        until : dict, optional
            ``{"mc_error": 0.01}`` or ``{"mc_error": {"rmse": 0.01}}``: go on, setting by setting,
            until the Monte Carlo errors of all measures, or of these, are so small; at most 100
            times the replications.
        part : (int, int), optional
            ``(2, 10)`` runs the second of ten parts of the replications. Parts may run at the same
            time, in jobs of a batch system, and share the folder.

        Returns
        -------
        StudyResults
            With an error in place of a value where something failed: a study goes on.

        Raises
        ------
        InvalidInput
            If an argument cannot be used, or the folder holds another study.
        """
        asked = self.replications if replications is None else replications
        n = checked_count("replications", asked)
        goal = None if until is None else goal_of(until, list(self.measures))
        if folder is None:
            with TemporaryDirectory(prefix="causal-dask-study-") as temporary:
                return self._open(Path(temporary)).until(n, goal, checked_part(part))
        pyarrow()  # raises now, not after the run, if no table could be written
        run = self._open(folder_here(folder, "folder"))
        return write_table(run.until(n, goal, checked_part(part)), run.files.folder)

    @ShortTraceback()
    def results(self, folder: str | Path, *, write: bool = False) -> StudyResults:
        """What is kept in a folder so far, of this study's settings, learners and measures.

        Parameters
        ----------
        folder : str or Path
            That of ``run``.
        write : bool, default False
            Whether to write it there, as ``table.parquet``.

        Returns
        -------
        StudyResults
        """
        run = self._open(folder_here(folder, "folder"))
        found = run.results({s: run.files.numbers(each) for s, each in enumerate(self.settings)})
        return write_table(found, run.files.folder) if write else found

    @ShortTraceback()
    def plan(self, trials: int = 2) -> Forecast:
        """Time a few replications of each setting here, and say what all of them would take.

        Parameters
        ----------
        trials : int, default 2
            Replications of each setting; the first is not timed where there are more.

        Returns
        -------
        Forecast
            Core-hours, memory, and the number of workers that is of use.
        """
        with TemporaryDirectory(prefix="causal-dask-study-") as temporary:
            run = self._open(Path(temporary))
            n = checked_count("trials", trials)
            return forecast(self.settings, run.here, n, self.replications)

    @ShortTraceback()
    def check(self) -> StudyResults:
        """Run one replication of each setting here; raises if anything fails in it.

        Warns if ``generate`` does not take its random numbers from the generator that it gets.

        Returns
        -------
        StudyResults

        Raises
        ------
        InvalidInput
            That says which setting, learner and measure failed first, and how.
        """
        with TemporaryDirectory(prefix="causal-dask-study-") as temporary:
            run = self._open(Path(temporary))
            for setting in self.settings:
                run.here(Replication(setting, 0))
            found = run.results({s: [0] for s in range(len(self.settings))})
        found.raise_first()
        for setting in self.settings:
            warn_of_random_numbers(self.generate, setting, self.seed)
        return found

    @cached_property
    def _works(self) -> list[Work]:
        """What is done in a replication, of each setting."""
        learners = [learners_of(self.learners, setting) for setting in self.settings]
        models = [
            value
            for each in learners
            for learner in each.values()
            for value in (learner, *_parameters(learner))
        ]
        send_by_value([self.generate, *self.measures.values(), *models])
        measures = keyed(self.measures)
        return [Work(self.generate, keyed(own), measures, self.seed) for own in learners]

    def _open(self, folder: Path) -> Run:
        """This study in a folder."""
        data = digest(fingerprint(self.generate), str(self.seed))
        return Run(self.settings, self._works, open_folder(folder, data))


def _parameters(learner: Any) -> list[Any]:
    """The parameters of a learner, its base models among them; of a function, none."""
    return _flat(learner.get_params(deep=False)) if hasattr(learner, "get_params") else []


def _flat(given: Any) -> list[Any]:
    """What lists and dicts hold: base models are in these by kind, and where they are stacked."""
    if isinstance(given, Mapping):
        given = list(given.values())
    if not isinstance(given, list | tuple):
        return [given]
    return [value for each in given for value in _flat(each)]
