"""What schemathesis asks dipper, and what it takes for a good answer. Settings: FUZZ_SCHEMA, FUZZ_KNOWN, FUZZ_CASES (files), FUZZ_TOKEN, FUZZ_SECONDS,
FUZZ_MODE."""
import json
import os
import sys
import zlib
from typing import Any, Dict

import graphql
import schemathesis
from hypothesis import strategies as st

sys.path.insert(0, os.path.dirname(__file__))
from answers import MEDIA_TYPE, faults  # noqa: E402
from sensible import BIG, DATES, JSON, TEXT, Sensible, literal  # noqa: E402
from variables import with_variables  # noqa: E402

with open(os.environ["FUZZ_SCHEMA"], encoding="utf-8") as file:
    SCHEMA = graphql.build_schema(file.read())
with open(os.environ["FUZZ_KNOWN"], encoding="utf-8") as file:
    SENSIBLE = Sensible(SCHEMA, json.load(file))
CASES = open(os.environ["FUZZ_CASES"], "a", encoding="utf-8")  # noqa: SIM115 - as long as the process
MODE = os.environ["FUZZ_MODE"]
TOKEN = os.environ.get("FUZZ_TOKEN")
SECONDS = float(os.environ["FUZZ_SECONDS"])

for name, values in {"LFN": TEXT, "JSON": JSON, "BigInt": BIG | st.integers(), "DateTime": DATES | TEXT, "URL": TEXT}.items():
    schemathesis.graphql.scalar(name, values.map(literal))


@schemathesis.hook
def before_generate_body(context: Any, strategy: st.SearchStrategy) -> st.SearchStrategy:
    if MODE == "negative":
        return strategy

    @st.composite
    def sensible(draw: Any) -> graphql.DocumentNode:
        return SENSIBLE.document(draw, draw(strategy))

    return sensible()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Dict[str, Any]) -> None:
    case.headers = {**(case.headers or {}), "accept": MEDIA_TYPE, **({"authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
    if MODE == "positive" and zlib.crc32(case.body.encode()) % 2:  # half of all, and always the same ones
        kwargs["json"] = with_variables(SCHEMA, case.body)


def tells_something(value: Any) -> bool:
    """Whether there is anything in an answer: not only nulls and empty lists."""
    if isinstance(value, dict):
        return any(map(tells_something, value.values()))
    if isinstance(value, list):
        return any(map(tells_something, value))
    return value is not None


@schemathesis.check
def good_answer(context: Any, response: Any, case: Any) -> None:
    try:
        body = json.loads(response.content)
    except ValueError:
        body = response.content[:200]
    found = faults(SCHEMA, case.body, response.status_code, (response.headers.get("content-type") or [""])[0], body)
    if response.elapsed > SECONDS:
        found.append(f"an answer after {response.elapsed:.1f} s")
    answered = body if isinstance(body, dict) else {}
    codes = sorted({str((error.get("extensions") or {}).get("code")) for error in answered.get("errors") or []})
    data = answered.get("data")
    record = {
        "operation": case.operation.label, "mode": case.meta.generation.mode.value, "status": response.status_code, "codes": codes, "ms": round(response.elapsed * 1000),
        "hasData": data is not None, "tellsSomething": tells_something(data),
        "messages": sorted({str(error.get("message"))[:200] for error in answered.get("errors") or []}),
        **({"faults": found, "query": case.body} if found else {}),
    }
    CASES.write(json.dumps(record) + "\n")
    CASES.flush()
    if found:
        raise AssertionError("; ".join(found[:3]))
