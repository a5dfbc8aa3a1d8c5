"""The package of one query as a scientist's program fetches it: names by metadata, all metadata, all replicas with their PFNs.

One process that lives long. Reads lines of JSON {"do": "register" | "rucio" | "dipper" | "lean" | "compare", "times": n} and answers each with a line:
the milliseconds of all n packages, or a list of differences. Needs RUCIO_CONFIG and DIPPER_URL.
"""
import json
import os
import sys
import time
import zlib
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Tuple

import requests
from rucio.client import Client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dev", "seed"))
from metadata import metadata_of  # noqa: E402

SCOPE, OBS_ID, FILES, COPIES = "bench", 9000000001, 200, ("PIC", "DESY", "CSCS")
SCHEMES = ["http", "file"]
QUERY = """query Package($scope: String!, $obsId: BigInt!, $dataType: String!, $first: Int!) {
  files(where: { scope: { eq: $scope }, obsId: { eq: $obsId }, dataType: { eq: $dataType } }, first: $first) {
    nodes { scope name bytes adler32 md5 account createdAt updatedAt metadata replicas { rse { name } state pfns { url domain } } }
  }
}"""
Package = Dict[str, Dict[str, Any]]

client = Client()
session = requests.Session()


def name_of(chunk: int) -> str:
    return (f"/ctao/{SCOPE}/DL0/CTAO-North/LSTN-01/2026/06/01/TEL001_SDH001_20260601T220000_SBID{9000000000:019d}"
            f"_OBSID{OBS_ID:019d}_TEL_SHOWER_CHUNK{chunk:03d}.fits.fz")


def register() -> None:
    """Puts the files into Rucio, in a scope of their own. They stay: Rucio's clients cannot delete files."""
    if SCOPE in client.list_scopes():
        if len(list(names())) == FILES:
            return
    else:
        client.add_scope("root", SCOPE)
    start = datetime(2026, 6, 1, 22)
    observation = SimpleNamespace(flat=False, obs_id=OBS_ID, sb_id=9000000000, site="CTAO-North", night="2026-06-01", start=start, end=start + timedelta(minutes=28))
    files = [{"scope": SCOPE, "name": name_of(n), "bytes": 4_000_000_000 + n, "adler32": f"{zlib.adler32(name_of(n).encode()):08x}"} for n in range(FILES)]
    for rse in COPIES:
        client.add_replicas(rse, files)
    client.set_dids_metadata_bulk([{"scope": SCOPE, "name": name_of(n), "meta": metadata_of(observation, name_of(n), "telescope", 1, n)} for n in range(FILES)])


def names() -> Any:
    return client.list_dids(SCOPE, filters=[{"instance__obs_id": OBS_ID, "data__type": "AirShower"}], did_type="file")


def from_rucio() -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    dids = [{"scope": SCOPE, "name": name} for name in names()]
    metadata = list(client.get_metadata_bulk(dids, plugin="ALL"))
    # Without a sort Rucio looks for a GeoIP database, for each replica again.
    replicas = list(client.list_replicas(dids, schemes=SCHEMES, all_states=True, sort="random", domain="wan"))
    return metadata, replicas


LEAN = QUERY.replace(" pfns { url domain }", "")  # without addresses, which Rucio always makes


def from_dipper(query: str = QUERY) -> List[Dict[str, Any]]:
    variables = {"scope": SCOPE, "obsId": OBS_ID, "dataType": "AirShower", "first": FILES}
    answer = session.post(os.environ["DIPPER_URL"], json={"query": query, "variables": variables}, timeout=60).json()
    if "errors" in answer:
        raise RuntimeError(str(answer["errors"]))
    return answer["data"]["files"]["nodes"]


def rucio_package() -> Package:
    metadata, replicas = from_rucio()
    columns = set(client.get_metadata(SCOPE, name_of(0), plugin="DID_COLUMN"))
    copies = {r["name"]: {rse: [r["states"][rse], sorted(urls)] for rse, urls in r["rses"].items()} for r in replicas}
    return {m["name"]: {
        "scope": m["scope"], "bytes": m["bytes"], "adler32": m["adler32"], "md5": m["md5"], "account": m["account"],
        "created": m["created_at"].replace(tzinfo=timezone.utc), "updated": m["updated_at"].replace(tzinfo=timezone.utc),
        "metadata": {key: value for key, value in m.items() if key not in columns}, "copies": copies[m["name"]],
    } for m in metadata}


def dipper_package() -> Package:
    def seconds(text: str) -> datetime:  # Rucio's REST interface knows whole seconds only
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return {f["name"]: {
        **{key: f[key] for key in ("scope", "bytes", "adler32", "md5", "account", "metadata")}, "created": seconds(f["createdAt"]), "updated": seconds(f["updatedAt"]),
        "copies": {r["rse"]["name"]: [r["state"], sorted(p["url"] for p in r["pfns"] if p["domain"] == "wan")] for r in f["replicas"]},
    } for f in from_dipper()}


def differences() -> List[str]:
    rucio, dipper = rucio_package(), dipper_package()
    found = [f"{len(rucio)} files in Rucio, {len(dipper)} in dipper, {FILES} expected"] if not len(rucio) == len(dipper) == FILES else []
    for name, wanted in rucio.items():
        given = dipper.get(name, {})
        found += [f"{name}: {key} is {wanted[key]!r} in Rucio, {given.get(key)!r} in dipper" for key in wanted if wanted[key] != given.get(key)]
        found += [f"{name}: {len(wanted['copies'])} copies"] if len(wanted["copies"]) != len(COPIES) else []
    return found[:20]


def timed(fetch: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        fetch()
    return (time.perf_counter() - start) * 1000


ACTIONS: Dict[str, Callable[[int], Any]] = {
    "register": lambda _: register(), "compare": lambda _: differences(),
    "rucio": lambda times: timed(from_rucio, times), "dipper": lambda times: timed(from_dipper, times), "lean": lambda times: timed(lambda: from_dipper(LEAN), times),
}
print(json.dumps({"result": {"files": FILES, "copies": len(COPIES)}}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"result": ACTIONS[request["do"]](request.get("times", 1))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
