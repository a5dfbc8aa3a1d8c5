"""What Rucio must say once the archive is seeded, worked out from the plan alone: the oracle for seed.py and for the tests."""
import json
import os
import zlib
from typing import Any, Dict, Iterable, List, Tuple

from plan import RSES, File, Plan, Rule, parent, scope_of

REQUIRED_COPIES = 2
HERE = os.path.dirname(os.path.abspath(__file__))
FILES_TABLE, COLLECTIONS_TABLE = os.path.join(HERE, "truth.ndjson"), os.path.join(HERE, "truth-collections.ndjson")
Sums = Dict[str, Tuple[int, str]]
"""Size and adler32 by file name."""


def adler32(content: bytes) -> str:
    return f"{zlib.adler32(content):08x}"


def replica_states(file: File) -> Dict[str, str]:
    states = {rse: "AVAILABLE" for rse in file.placement.early + file.placement.late}
    for rule in file.placement.rules:
        for rse, lock in rule.locks.items():
            if lock != "OK":
                states[rse] = "COPYING" if lock == "REPLICATING" else "UNAVAILABLE"
    if file.lost:
        return {rse: "UNAVAILABLE" for rse in sorted(states)}
    states.update({rse: "BAD" for rse in file.declared_bad}, **file.changes)
    return dict(sorted(states.items()))


def preservation(file: File) -> Dict[str, Any]:
    """Kept at REQUIRED_COPIES or more off-site data centres; else whether a rule is at work, and why not (see README.md)."""
    states = replica_states(file)
    there = [rse for rse, state in states.items() if state == "AVAILABLE"]
    offsite = [rse for rse in there if RSES[rse][1] == "OFFSITE"]
    centres = sorted({RSES[rse][2] for rse in offsite})
    locks = [] if file.lost else [lock for rule in file.placement.rules for lock in rule.locks.items()]
    if file.exempt:
        state = "EXEMPT"
    elif len(centres) >= REQUIRED_COPIES:
        state = "PRESERVED"
    elif not there:
        state = "LOST"
    else:
        state = "REPLICATING" if any(lock == "REPLICATING" for _, lock in locks) else "AT_RISK"
    why = [] if state in ("PRESERVED", "EXEMPT") else blockers(states, locks, offsite)
    return {"state": state, "copies": len(centres), "dataCentres": centres, "why": why}


def blockers(states: Dict[str, str], locks: List[Tuple[str, str]], offsite: List[str]) -> List[Dict[str, Any]]:
    stuck = {rse for rse, lock in locks if lock == "STUCK"}
    found = {("RULE_STUCK", rse) for rse in stuck}
    reasons = {"COPYING": "COPYING", "BAD": "REPLICA_BAD", "UNAVAILABLE": "REPLICA_UNAVAILABLE", "TEMPORARY_UNAVAILABLE": "REPLICA_UNAVAILABLE"}
    found |= {(reasons[state], rse) for rse, state in states.items() if state in reasons and rse not in stuck}
    found |= {("SAME_DATA_CENTRE", b) for a, b in zip(offsite, offsite[1:]) if RSES[a][2] == RSES[b][2]}
    if all(states[rse] == "AVAILABLE" for rse, _ in locks):
        found.add(("NO_RULE", ""))
    return [{"reason": reason, "rse": rse or None} for reason, rse in sorted(found)]


def did(name: str) -> Dict[str, str]:
    return {"scope": scope_of(name), "name": name}


def file_rows(plan: Plan, sums: Sums) -> List[Dict[str, Any]]:
    return [{
        "scope": f.scope, "name": f.name, "bytes": sums[f.name][0], "adler32": sums[f.name][1], "availability": "LOST" if f.lost else "AVAILABLE",
        "datasets": [] if f.loose or f.lost else [did(f.dataset)], **({"detached": True} if f.lost else {}), "metadata": f.metadata,
        "replicas": [{"rse": rse, "state": state, **({"corrupt": True} if state == "BAD" else {})} for rse, state in replica_states(f).items()],
        "preservation": preservation(f),
    } for f in plan.files]


def collection_rows(plan: Plan, sums: Sums) -> List[Dict[str, Any]]:
    held: Dict[str, List[str]] = {c.name: [] for c in plan.collections}
    for name in [c.name for c in plan.collections] + [f.name for f in plan.files if not f.loose and not f.lost]:
        if parent(name) in held:
            held[parent(name)].append(name)
    rows = []
    for c in plan.collections:
        children = held[c.name]
        size = {"bytes": sum(sums[n][0] for n in children)} if c.type == "DATASET" else {}
        rows.append({"record": "collection", "scope": c.scope, "name": c.name, "type": c.type, "open": c.open,
                     "parents": [did(parent(c.name))] if parent(c.name) in held else [], "children": len(children), **size, "metadata": c.metadata})
    return rows


def rule_row(holder: Tuple[str, str], rule: Rule, files: List[File]) -> Dict[str, Any]:
    kept = sum(not f.lost for f in files)
    count = {state: kept * sum(lock == state for lock in rule.locks.values()) for state in ("OK", "REPLICATING", "STUCK")}
    return {"record": "rule", "scope": holder[0], "name": holder[1], "type": "FILE" if files[0].loose else "DATASET", "rse_expression": rule.expression,
            "source_replica_expression": rule.source, "copies": rule.copies, "state": rule.state, "locks_ok": count["OK"],
            "locks_replicating": count["REPLICATING"], "locks_stuck": count["STUCK"], "lifetime": rule.lifetime is not None}


def rse_rows(plan: Plan, sums: Sums) -> List[Dict[str, Any]]:
    """Usage counts every replica, whatever its state, as Rucio's abacus does."""
    on = {rse: [f for f in plan.files if rse in replica_states(f)] for rse in RSES}
    return [{"record": "rse", "name": rse, "type": RSES[rse][0], "attributes": attributes(rse), "files": len(on[rse]),
             "bytes": sum(sums[f.name][0] for f in on[rse])} for rse in sorted(RSES)]


def attributes(rse: str) -> Dict[str, Any]:
    kind, where, site, location = RSES[rse]
    return {where: True, "site": site, "location": location, "QOS": kind}


def tables(plan: Plan, sums: Sums) -> Dict[str, List[Dict[str, Any]]]:
    """The rows of each truth file, by its path."""
    rules = sorted((rule_row(*entry) for entry in plan.rules), key=lambda r: (r["scope"], r["name"], r["rse_expression"], r["copies"]))
    return {FILES_TABLE: file_rows(plan, sums), COLLECTIONS_TABLE: [*rse_rows(plan, sums), *collection_rows(plan, sums), *rules]}


def text_of(rows: Iterable[Dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write(plan: Plan, sums: Sums) -> None:
    for path, rows in tables(plan, sums).items():
        with open(path, "w", encoding="utf-8") as out:
            out.write(text_of(rows))


def differences(plan: Plan, sums: Sums) -> List[str]:
    """Where the committed tables are not what the plan and the written files give."""
    found = []
    for path, rows in tables(plan, sums).items():
        with open(path, encoding="utf-8") as committed:
            old, new = committed.read().splitlines(), text_of(rows).splitlines()
        found += [f"{os.path.basename(path)} line {i + 1}: committed {a} but now {b}" for i, (a, b) in enumerate(zip(old, new)) if a != b]
        if len(old) != len(new):
            found.append(f"{os.path.basename(path)}: {len(old)} lines committed, {len(new)} now")
    return found
