"""What Rucio's own client says of every file in the scopes that are named: a line of JSON each. Needs RUCIO_CONFIG."""
import json
import sys

from rucio.client import Client

client = Client()
for scope in sys.argv[1:]:
    for name in sorted(client.list_dids(scope, [{}], did_type="file")):
        did = {"scope": scope, "name": name}
        columns = client.get_metadata(scope, name, plugin="DID_COLUMN")
        replicas = list(client.list_replicas([did], all_states=True, schemes=["file", "http"], sort="random"))
        rules = {rule["id"]: rule["state"] for rule in client.list_did_rules(scope, name)}
        rules.update({rule["id"]: rule["state"] for rule in client.list_associated_rules_for_file(scope, name)})
        json.dump({
            **did, "bytes": columns["bytes"], "adler32": columns["adler32"], "account": columns["account"],
            "metadata": {key: value for key, value in client.get_metadata(scope, name, plugin="JSON").items() if key not in ("scope", "name")},
            "states": replicas[0]["states"] if replicas else {},
            "pfns": sorted(pfn for replica in replicas for pfn in replica["pfns"]),
            "rules": rules,
            "parents": sorted(f'{parent["scope"]}:{parent["name"]}' for parent in client.list_parent_dids(scope, name)),
        }, sys.stdout, default=str)
        print()
