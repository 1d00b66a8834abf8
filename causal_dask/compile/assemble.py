"""From nodes to the plan that runs them as this package does: threads, caps, order, timings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Integral
from typing import Any

from causal_dask.compile.compiler import Compiler
from causal_dask.compile.places import places_of
from causal_dask.errors import InvalidInput
from causal_dask.graph.node import Node, Source, node
from causal_dask.graph.note import NO_NOTE, Kind, Note, join_notes
from causal_dask.plans.caps import NO_CAPS, Caps, lanes, models_of
from causal_dask.plans.costs import NOTHING_MEASURED, Measured
from causal_dask.plans.describe import Questions, join_questions
from causal_dask.plans.execution import Alteration, Execution
from causal_dask.plans.plan import Plan
from causal_dask.plans.workload import Finish
from causal_dask.runtime.results import timing_of
from causal_dask.runtime.task import NO_CARE, Care, Performer, perform
from causal_dask.runtime.threads import alterations


@dataclass(frozen=True, slots=True)
class Start:
    """What a plan starts from: known results, caps, measured seconds, and the care for its fits."""

    known: Mapping[str, Any] = field(default_factory=dict)
    caps: Caps = NO_CAPS
    measured: Measured = NOTHING_MEASURED
    care: Care = NO_CARE


def plan_of(
    compilers: Sequence[Compiler], outputs: Iterable[Source], finish: Finish, start: Start
) -> Plan:
    """The plan of some nodes of these compilers."""
    outputs = tuple({node.key: node for node in outputs}.values())
    cross_fits = (m for compiler in compilers for m in compiler.study.cross_fits.values())
    # cross-fits are data here: their values are known, so that they never run
    known = {fit.key: fit.value for model in cross_fits for fit in model.fits.values()}
    notes = join_notes(compiler.notes for compiler in compilers)
    altered = alterations(notes)
    plan = Plan(
        outputs,
        finish,
        Execution(perform, altered),
        known={**start.known, **known},
        notes=notes,
        measured=start.measured,
        models=_base_models(compilers),
        places=places_of(compilers, notes, start.care),
        fits=tuple({name: made.key for name, made in c.fits.items()} for c in compilers),
    )
    # lanes and care need the plan's nodes, which a change of how they run does not alter
    if start.caps != NO_CAPS:
        altered = _in_lanes(altered, plan, start.caps)
    if start.care.store is not None or start.care.retries:
        altered = _with_care(altered, plan, start.care)
    return plan.altered(altered)


def join_plans(plans: Sequence[Plan], caps: Caps = NO_CAPS) -> Plan:
    """Join several plans into one: equal nodes run once, in one order and under common caps.

    Where plans give one node different threads, the first plan's count holds.
    """
    outputs = {made.key: made for plan in plans for made in plan.outputs}
    altered = _merge(plan.execution.alterations for plan in reversed(plans))
    plan = Plan(
        tuple(outputs.values()),
        dict,
        replace(plans[0].execution, alterations=altered),
        known=_merge(plan.known for plan in plans),
        notes=join_notes(plan.notes for plan in plans),
        measured=Measured(
            _merge(plan.measured.seconds for plan in plans),
            _merge(plan.measured.per_row for plan in plans),
        ),
        models=tuple(model for plan in plans for model in plan.models),
        questions=partial(_join_questions, plans),
        places=_merge(plan.places for plan in plans),
    )
    if caps == NO_CAPS:
        return plan
    return plan.altered(_in_lanes(altered, plan, caps))


def with_timings(plan: Plan) -> Plan:
    """The same plan, which also gives the timings of fits whose models it does not keep."""
    kept = set(plan.output_keys)
    fits = [made for made in fits_of(plan) if made.key not in kept]
    if not fits:
        return plan
    timings = {each.key: node(timing_of, {"finished": each}) for each in fits}
    notes = {made.key: _note_of_timing(plan.notes[key]) for key, made in timings.items()}
    return replace(plan, outputs=(*plan.outputs, *timings.values()), notes={**plan.notes, **notes})


def fits_of(plan: Plan) -> list[Node]:
    """The fits that a plan has to run."""
    return [made for made in _models_at_work(plan) if plan.notes[made.key].kind is Kind.FIT]


def checked_caps(n_jobs_base_learners: Any, n_jobs_cross_fitting: Any) -> Caps:
    """The caps that two arguments of ``fit`` set."""
    return Caps(
        _checked_cap(n_jobs_base_learners, "n_jobs_base_learners", "models of a stage"),
        _checked_cap(n_jobs_cross_fitting, "n_jobs_cross_fitting", "folds of a model"),
    )


def _checked_cap(number: Any, name: str, what: str) -> int | None:
    whole = isinstance(number, Integral) and not isinstance(number, bool)
    if number is None or whole and number == -1:
        return None
    if whole and number >= 1:
        return int(number)
    raise InvalidInput(
        f"'{name}' caps how many {what} are fitted at once: a whole number of 1 or more, or None "
        f"or -1 for as many as the scheduler takes. Got {number!r}."
    )


def _base_models(compilers: Sequence[Compiler]) -> tuple[Any, ...]:
    """The unfitted models of some compilers, each once."""
    bases = (base.model for c in compilers for base in c.study.bases.values())
    return tuple({model.content_fingerprint: model.estimator for model in bases}.values())


def _in_lanes(altered: Mapping[str, Alteration], plan: Plan, caps: Caps) -> dict[str, Alteration]:
    """The alterations, and what fits wait for under the caps."""
    models = models_of(plan.outputs, fits_of(plan), plan.notes)
    after = lanes(models, caps)
    plain = dict.fromkeys(after, Alteration())
    return {
        key: replace(how, after=after.get(key, ())) for key, how in {**plain, **altered}.items()
    }


def _with_care(altered: Mapping[str, Alteration], plan: Plan, care: Care) -> dict[str, Alteration]:
    """The alterations, and fits that a store keeps and that are tried again, as predictions are."""
    careful = dict(altered)
    for made in _models_at_work(plan):
        store = care.store if plan.notes[made.key].kind is Kind.FIT else None
        if store is not None or care.retries:
            label = str(plan.notes[made.key].label) if made.key in plan.notes else ""
            how = careful.get(made.key, Alteration())
            careful[made.key] = replace(how, perform=Performer(store, care.retries, label))
    return careful


def _models_at_work(plan: Plan) -> Iterator[Node]:
    """The fits and predictions that a plan has to run."""
    for key, made in plan.nodes.items():
        kind = plan.notes.get(key, NO_NOTE).kind
        if key in plan.waiting and isinstance(made, Node) and kind is not Kind.OTHER:
            yield made


def _join_questions(plans: Sequence[Plan]) -> Questions:
    """The fits that each question to some learners needs."""
    return join_questions([plan.questions() for plan in plans])


def _note_of_timing(note: Note) -> Note:
    return Note(note.label._replace(group=f"timing of {note.label.group}", stage=""))


def _merge(mappings: Iterable[Mapping[Any, Any]]) -> dict[Any, Any]:
    return {key: value for mapping in mappings for key, value in mapping.items()}
