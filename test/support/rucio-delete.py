"""Deletes as Rucio's daemons do: replicas as the reaper does (a file without replicas goes with them), rules as the cleaner does, expired
DIDs by the undertaker. Takes a list of {"rse", "files": [{"scope", "name"}], "rules": [id]} on standard input; where one is without files and
rules, the undertaker runs."""
import json
import sys

from rucio.common.types import InternalScope
from rucio.core.replica import delete_replicas
from rucio.core.rse import get_rse_id
from rucio.core.rule import delete_rule
from rucio.daemons.undertaker.undertaker import run
from rucio.db.sqla.session import transactional_session


@transactional_session
def reap(rse, files, *, session):
    delete_replicas(get_rse_id(rse, session=session), [{"scope": InternalScope(f["scope"]), "name": f["name"]} for f in files], session=session)


for work in json.load(sys.stdin):
    for rule in work.get("rules", []):
        delete_rule(rule)
    if work.get("files"):
        reap(work["rse"], work["files"])
    elif not work.get("rules"):
        run(once=True)
