"""Fills an empty Rucio with the archive that README.md describes.

    python seed.py            needs RUCIO_CONFIG, DIPPER_STORAGE (one folder per RSE in it) and DIPPER_STORAGE_URL (serves that folder)
    python seed.py --truth    only writes truth*.ndjson anew, from the plan; needs no Rucio

Tells its progress on stdout, `progress <done> <total> <text>` a line; errors go to stderr, and the exit code is 1.
"""
import os
import sys
from typing import Callable, Dict, List, Tuple

import truth
import zfits
from plan import RSES, Plan, make_plan

Contents = Dict[str, bytes]


class SeedFailure(Exception):
    """Something that the person who started the seed can act on."""


def main(arguments: List[str]) -> None:
    if arguments not in ([], ["--truth"]):
        raise SeedFailure("usage: seed.py [--truth]")
    plan = make_plan()
    contents = {f.name: zfits.content(f) for f in plan.files}
    sums = {name: (len(content), truth.adler32(content)) for name, content in contents.items()}
    if arguments:
        truth.write(plan, sums)
        return
    refuse("The files written are not those of the truth; if that is meant, run seed.py --truth.", truth.differences(plan, sums))
    fill(plan, contents, sums)


def fill(plan: Plan, contents: Contents, sums: truth.Sums) -> None:
    storage, url = setting("DIPPER_STORAGE").rstrip("/"), setting("DIPPER_STORAGE_URL").rstrip("/")
    setting("RUCIO_CONFIG")
    # Rucio reads its configuration when it is imported, so this comes after the settings were looked at.
    import check
    import register
    from rucio.client import Client
    from rucio.common.exception import RucioException
    try:
        client = Client()
        empty = register.is_empty(client)
    except (RucioException, OSError) as error:
        raise SeedFailure(f"Rucio does not answer: {error}") from error
    if not empty:
        raise SeedFailure("Rucio's catalogue is not empty: start with a new database.")
    steps: List[Tuple[str, Callable[[], None]]] = [
        (f"writing {len(plan.files)} files", lambda: place(plan, contents, storage)),
        ("adding RSEs", lambda: register.add_rses(client, storage, url)),
        ("adding scopes", lambda: register.add_scopes(client, plan)),
        ("registering replicas", lambda: register.add_replicas(client, plan, sums, late=False)),
        ("adding datasets and containers", lambda: register.add_collections(client, plan)),
        ("setting metadata", lambda: register.add_metadata(client, plan)),
        ("adding rules", lambda: register.add_rules(client, plan, late=False)),
        ("registering further replicas", lambda: register.add_replicas(client, plan, sums, late=True)),
        ("adding further rules", lambda: register.add_rules(client, plan, late=True)),
        ("losing files", lambda: register.lose(client, plan)),
        ("spoiling replicas", lambda: register.spoil(client, plan)),
        ("counting usage", register.count_usage),
        ("checking all of it", lambda: refuse("Rucio does not hold what it should.", check.differences(client, plan, sums, storage, url))),
    ]
    for done, (text, step) in enumerate(steps):
        progress(done, len(steps), text)
        try:
            step()
        except RucioException as error:
            raise SeedFailure(f"Rucio refused, while {text}: {error}") from error
    progress(len(steps), len(steps), "archive seeded")


def place(plan: Plan, contents: Contents, storage: str) -> None:
    """The files where replicas are AVAILABLE, and corrupt ones where they are BAD."""
    for rse in RSES:
        os.makedirs(os.path.join(storage, rse), exist_ok=True)
    for file in plan.files:
        content = contents[file.name]
        for rse, state in truth.replica_states(file).items():
            if state in ("AVAILABLE", "BAD"):
                path = os.path.join(storage, rse, file.name[1:])
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as out:
                    out.write(content if state == "AVAILABLE" else corrupted(content))


def corrupted(content: bytes) -> bytes:
    """Same size, eight bytes wrong in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes(b ^ 0xFF for b in content[middle:middle + 8]) + content[middle + 8:]


def setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SeedFailure(f"{name} is not set.")
    return value


def refuse(sentence: str, differences: List[str]) -> None:
    if differences:
        raise SeedFailure("\n".join([sentence, *differences[:20], *([f"... {len(differences)} differences"] if len(differences) > 20 else [])]))


def progress(done: int, total: int, text: str) -> None:
    print(f"progress {done} {total} {text}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SeedFailure as failure:
        sys.exit(str(failure))
