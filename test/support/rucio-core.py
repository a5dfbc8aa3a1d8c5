"""Rucio's own code for what its REST has no call for: reads lines of JSON {"call", "args"}, answers each with a line. Needs RUCIO_CONFIG.
`reap` deletes replicas as the reaper does, in one transaction (a file without replicas goes with them); `daemons` runs one pass of each
daemon that is named (dev/rucio/daemons.py)."""
import json
import os
import sys

out = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # Rucio logs to standard output
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "dev", "rucio"))

import daemons  # noqa: E402 - patches Rucio before it is imported
from rucio.common.types import InternalScope  # noqa: E402
from rucio.core.replica import delete_replicas  # noqa: E402
from rucio.core.rse import get_rse_id  # noqa: E402
from rucio.db.sqla.session import transactional_session  # noqa: E402


@transactional_session
def reap(rse, files, *, session):
    delete_replicas(get_rse_id(rse, session=session), [{"scope": InternalScope(f["scope"]), "name": f["name"]} for f in files], session=session)


calls = {"reap": reap, "daemons": daemons.run}
print(json.dumps({"ready": True}), file=out, flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        calls[request["call"]](*request["args"])
        answer = {"result": None}
    except Exception as error:  # the caller decides
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=out, flush=True)
