"""One run against the settings of another, the best of which is what it is held against.

All settings run once. Those that were near the best go on, in turns with us, for the other rounds.
"""

from tests.benchmarks.timing import alternated, median_ratio, medians

NEAR = 1.25
"""A setting that took this much longer than the best in its first round is out."""


def contest(ours, settings, rounds, measure=alternated):
    """The medians of us and of their best setting, which that was, and the ratio."""
    runs = {"ours": ours, **settings}
    seconds = measure(runs, 1)
    near = {"ours", *_near(seconds, settings)}
    further = measure({name: run for name, run in runs.items() if name in near}, rounds - 1)
    kept = {name: seconds[name] + further[name] for name in runs if name in near}
    middle = medians(kept)
    best = min((name for name in settings if name in near), key=middle.get)
    return {
        "ours": middle["ours"],
        "best": middle[best],
        "setting": best,
        "ratio": median_ratio(kept, "ours", best),
    }


def _near(seconds, settings):
    """The settings that may turn out to be the best."""
    first = {name: seconds[name][0] for name in settings}
    return [name for name, found in first.items() if found <= NEAR * min(first.values())]
