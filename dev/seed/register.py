"""Puts the plan into Rucio: REST calls as CTAO's ingest makes them, in bulk, and Rucio's own daemons for what only they do."""
import os
import sys
from typing import Any, Dict, Iterable, List
from urllib.parse import urlsplit

from rucio.client import Client

from plan import RSES, Plan, ancestors, parent
from truth import Sums, attributes, did

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rucio"))
import daemons  # noqa: E402

LETTERS = {"BEING_DELETED": "B", "TEMPORARY_UNAVAILABLE": "T"}


def add_rses(client: Client, storage: str, url: str) -> None:
    http = urlsplit(url)
    for rse, (kind, *_) in RSES.items():
        client.add_rse(rse, rse_type=kind)
        client.add_protocol(rse, {"scheme": "http", "hostname": http.hostname, "port": http.port, "prefix": f"/{rse}",
                                  "impl": "rucio.rse.protocols.gfal.Default", "domains": domains(1)})
        client.add_protocol(rse, {"scheme": "file", "hostname": "localhost", "port": 0, "prefix": os.path.join(storage, rse),
                                  "impl": "rucio.rse.protocols.posix.Default", "domains": domains(2)})
        for key, value in attributes(rse).items():
            client.add_rse_attribute(rse, key, value)
        client.set_local_account_limit("root", rse, -1)
    for source in RSES:
        for destination in RSES:
            if source != destination:
                client.add_distance(source, destination, {"distance": 1})


def domains(wan: int) -> Dict[str, Dict[str, int]]:
    """http first over the network, file first on the same machine. Nothing copies from RSE to RSE by itself: no third_party_copy."""
    lan = 3 - wan
    return {"lan": {"read": lan, "write": lan, "delete": lan}, "wan": {"read": wan, "write": wan, "delete": wan}}


def add_scopes(client: Client, plan: Plan) -> None:
    for scope in sorted({d.scope for d in [*plan.files, *plan.collections]}):
        client.add_scope("root", scope)


def add_replicas(client: Client, plan: Plan, sums: Sums, late: bool) -> None:
    for rse in RSES:
        here = [f for f in plan.files if rse in (f.placement.late if late else f.placement.early)]
        if here:
            client.add_replicas(rse, [{"scope": f.scope, "name": f.name, "bytes": sums[f.name][0], "adler32": sums[f.name][1]} for f in here])


def add_metadata(client: Client, plan: Plan) -> None:
    client.set_dids_metadata_bulk([{"scope": d.scope, "name": d.name, "meta": d.metadata} for d in [*plan.files, *plan.collections] if d.metadata])


def add_collections(client: Client, plan: Plan) -> None:
    of_type = {t: [c for c in plan.collections if c.type == t] for t in ("CONTAINER", "DATASET")}
    client.add_containers([did(c.name) for c in of_type["CONTAINER"]])
    client.add_datasets([did(c.name) for c in of_type["DATASET"]])
    children: Dict[str, List[Dict[str, str]]] = {}
    for c in plan.collections:
        if ancestors(c.name):
            children.setdefault(parent(c.name), []).append(did(c.name))
    for f in plan.files:
        if not f.loose:
            children.setdefault(f.dataset, []).append(did(f.name))
    client.attach_dids_to_dids([{**did(name), "dids": dids} for name, dids in sorted(children.items())])
    for c in of_type["DATASET"]:
        if not c.open:
            client.close(c.scope, c.name)


def add_rules(client: Client, plan: Plan, late: bool) -> None:
    for (scope, name), rule, _ in plan.rules:
        if rule.late == late:
            client.add_replication_rule([{"scope": scope, "name": name}], rule.copies, rule.expression, source_replica_expression=rule.source,
                                        lifetime=rule.lifetime, comment="CTAO archive")


def lose(client: Client, plan: Plan) -> None:
    """All copies bad: the necromancer gives the files up and takes them out of their datasets."""
    lost = [f for f in plan.files if f.lost]
    declare_bad(client, [{**did(f.name), "rse": rse} for f in lost for rse in f.placement.early + f.placement.late], "storage destroyed")
    daemons.run(["evaluator", "necromancer", "evaluator"])


def spoil(client: Client, plan: Plan) -> None:
    """After the necromancer, which would mend what is declared bad here."""
    declare_bad(client, [{**did(f.name), "rse": rse} for f in plan.files for rse in f.declared_bad], "checksum mismatch")
    for rse in RSES:
        here = [{**did(f.name), "state": LETTERS[f.changes[rse]]} for f in plan.files if rse in f.changes]
        if here:
            client.update_replicas_states(rse, here)


def declare_bad(client: Client, replicas: Iterable[Dict[str, Any]], reason: str) -> None:
    refused = client.declare_bad_file_replicas(list(replicas), reason)
    if refused:
        raise RuntimeError(f"Rucio refused to declare replicas bad: {refused}")


def count_usage() -> None:
    daemons.run(["abacus"])


def is_empty(client: Client) -> bool:
    return not list(client.list_rses()) and not set(client.list_scopes()) - {"root", "user.root"}
