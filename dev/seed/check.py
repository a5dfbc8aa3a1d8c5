"""Asks Rucio and the storage whether they hold what the truth says."""
import os
from typing import Any, Dict, Iterator, List, Tuple

from rucio.client import Client

from plan import RSES, Plan
from truth import COLLECTIONS_TABLE, FILES_TABLE, Sums, adler32, attributes, did, tables

Row = Dict[str, Any]


def differences(client: Client, plan: Plan, sums: Sums, storage: str, url: str) -> List[str]:
    truth = tables(plan, sums)
    files, rest = truth[FILES_TABLE], truth[COLLECTIONS_TABLE]
    of = {record: [row for row in rest if row["record"] == record] for record in ("rse", "collection", "rule")}
    found: List[str] = []

    def compare(what: str, wanted: Any, got: Any) -> None:
        if wanted != got:
            found.append(f"{what}: {wanted!r} wanted, {got!r} found")

    for what, wanted, got in (*on_disk(files, storage), *in_files(client, files, storage, url), *in_collections(client, of["collection"], files),
                              *in_rules(client, of["rule"]), *in_rses(client, of["rse"])):
        compare(what, wanted, got)
    return found


Difference = Iterator[Tuple[str, Any, Any]]


def on_disk(files: List[Row], storage: str) -> Difference:
    """There is a file for each AVAILABLE and each BAD replica, right and wrong in turn, and no other file."""
    wanted = {(r["rse"], f["name"]): (r["state"], f) for f in files for r in f["replicas"] if r["state"] in ("AVAILABLE", "BAD")}
    there = {(rse, "/" + os.path.relpath(os.path.join(folder, name), os.path.join(storage, rse)))
             for rse in RSES for folder, _, names in os.walk(os.path.join(storage, rse)) for name in names}
    yield "files in place", sorted(wanted), sorted(there)
    for rse, name in sorted(there & set(wanted)):
        state, row = wanted[rse, name]
        with open(os.path.join(storage, rse, name[1:]), "rb") as file:
            content = file.read()
        sound = len(content) == row["bytes"] and adler32(content) == row["adler32"]
        yield f"{name} on {rse} is sound", state == "AVAILABLE", sound


def in_files(client: Client, files: List[Row], storage: str, url: str) -> Difference:
    dids = [did(f["name"]) for f in files]
    replicas = {r["name"]: r for r in client.list_replicas(dids, schemes=["file", "http"], domain="lan", all_states=True)}
    columns = {m["name"]: m for m in client.get_metadata_bulk(dids, plugin="DID_COLUMN")}
    metadata = {m["name"]: m for m in client.get_metadata_bulk(dids, plugin="JSON")}
    yield "files in Rucio", sorted(f["name"] for f in files), sorted(columns)
    for f in files:
        name, column, own = f["name"], columns.get(f["name"], {}), dict(metadata.get(f["name"], {}))
        yield f"{name} metadata", {**f["metadata"], **did(name)}, own
        yield f"{name} columns", (f["bytes"], f["adler32"], f["availability"]), (column.get("bytes"), column.get("adler32"), column.get("availability"))
        listed = replicas.get(name, {"states": {}, "pfns": {}})
        states = {r["rse"]: r["state"] for r in f["replicas"]}
        yield f"{name} replicas", states, listed["states"]
        pfns = [p for rse in states for p in (f"{url}/{rse}{name}", f"file://localhost{storage}/{rse}/{name}")]
        yield f"{name} PFNs", sorted(pfns), sorted(listed["pfns"])


def in_collections(client: Client, collections: List[Row], files: List[Row]) -> Difference:
    children: Dict[str, List[str]] = {c["name"]: [] for c in collections}
    for row, parents in [(c, c["parents"]) for c in collections] + [(f, f["datasets"]) for f in files]:
        for above in parents:
            children[above["name"]].append(row["name"])
    metadata = {m["name"]: m for m in client.get_metadata_bulk([did(c["name"]) for c in collections], plugin="JSON")}
    for c in collections:
        scope, name = c["scope"], c["name"]
        got = client.get_did(scope, name)
        yield f"{name}", (c["type"], c["open"]), (got["type"], got["open"])
        yield f"{name} metadata", {**c["metadata"], **did(name)}, metadata.get(name)
        yield f"{name} content", sorted(children[name]), sorted(d["name"] for d in client.list_content(scope, name))


def in_rules(client: Client, rules: List[Row]) -> Difference:
    same = {"scope": "scope", "name": "name", "type": "did_type", "rse_expression": "rse_expression", "source_replica_expression": "source_replica_expression",
            "copies": "copies", "state": "state", "locks_ok": "locks_ok_cnt", "locks_replicating": "locks_replicating_cnt", "locks_stuck": "locks_stuck_cnt"}
    got = [{"record": "rule", **{ours: r[theirs] for ours, theirs in same.items()}, "lifetime": r["expires_at"] is not None}
           for r in client.list_replication_rules()]
    key = lambda r: (r["scope"], r["name"], r["rse_expression"], r["copies"])  # noqa: E731
    yield "number of rules", len(rules), len(got)
    for wanted, found in zip(sorted(rules, key=key), sorted(got, key=key)):
        yield f"rule on {wanted['name']}", wanted, found


def in_rses(client: Client, rses: List[Row]) -> Difference:
    for rse in rses:
        name = rse["name"]
        (usage,) = client.get_rse_usage(name, {"source": "rucio"}) or [{}]
        yield f"{name} usage", (rse["files"], rse["bytes"]), (usage.get("files"), usage.get("used"))
        yield f"{name} type", rse["type"], client.get_rse(name)["rse_type"]
        yield f"{name} attributes", {**attributes(name), name: True}, client.list_rse_attributes(name)
