"""Rucio's own daemons, one pass each, in this process.

    import daemons
    daemons.run(["evaluator", "abacus"])

or `python daemons.py evaluator abacus`. Imports are paid once, and the fixed wait of 10 s that the conveyor, the
necromancer and the undertaker take for other instances to show up is left out. All else is Rucio's code.
"""
import importlib
import sys
import time

import rucio.daemons.common as common

_queue = common.db_workqueue


def _queue_without_wait(*args, **kwargs):
    kwargs["partition_wait_time"] = 0
    return _queue(*args, **kwargs)


# The daemons take this name when they are imported, so it is set before.
common.db_workqueue = _queue_without_wait

# name: (module, function, arguments of one pass)
_DAEMONS = {
    "evaluator": ("judge.evaluator", "re_evaluator", {}),
    "repairer": ("judge.repairer", "rule_repairer", {}),
    "cleaner": ("judge.cleaner", "rule_cleaner", {}),
    "undertaker": ("undertaker.undertaker", "undertaker", {}),
    "necromancer": ("badreplicas.necromancer", "necromancer", {"bulk": 1000}),
    "submitter": ("conveyor.submitter", "submitter", {"group_bulk": 100}),
    "poller": ("conveyor.poller", "poller", {"older_than": 0}),
    "finisher": ("conveyor.finisher", "finisher", {}),
    "reaper": ("reaper.reaper", "reaper",
               {"rses": [], "include_rses": None, "exclude_rses": None, "greedy": True, "delay_seconds": 1}),
    "abacus": ("abacus.rse", "rse_update", {}),
}
NAMES = tuple(_DAEMONS)


def run(names):
    """Runs one pass of each daemon named, in that order. Returns the seconds it took. KeyError for an unknown name."""
    start = time.monotonic()
    for module, function, arguments in [_DAEMONS[name] for name in names]:
        getattr(importlib.import_module(f"rucio.daemons.{module}"), function)(once=True, **arguments)
    return time.monotonic() - start


if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in _DAEMONS]
    if unknown or not sys.argv[1:]:
        sys.exit(f"usage: daemons.py NAME...   names: {' '.join(NAMES)}")
    print(f"{run(sys.argv[1:]):.2f} s")
