"""Changes Rucio with its own client: reads lines of JSON {"call": name of a client method, "args": [...], "kwargs": {...}}, answers each with a line."""
import json
import sys

from rucio.client import Client

client = Client()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        result = getattr(client, request["call"])(*request["args"], **request["kwargs"])
        answer = {"result": result if isinstance(result, (str, list, bool, type(None))) else str(result)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
