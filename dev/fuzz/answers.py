"""Whether an answer is one that GraphQL, GraphQL over HTTP and the schema allow."""
import re
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import graphql
from graphql import FieldNode, InlineFragmentNode, SelectionNode

#: What may be told: the catalogue of errors and what Apollo adds. On an archive that is well, nothing else is an answer.
CODES = {
    "UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "BAD_CURSOR", "COST_LIMIT", "RATE_LIMIT", "CONFLICT",
    "BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_RESOLUTION_FAILURE",
}
CODE_INSIDE = re.compile(r"\n\s+at |node_modules|\.[jt]s:\d+|TypeError|ReferenceError|select .* from (mirror|dipper)\.", re.IGNORECASE)
DATE_TIME = re.compile(r"\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
MEDIA_TYPE = "application/graphql-response+json"


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


SCALARS = {
    "Int": lambda value: is_int(value) and -(2**31) <= value < 2**31,
    "BigInt": is_int,
    "Float": lambda value: is_int(value) or isinstance(value, float),
    "Boolean": lambda value: isinstance(value, bool),
    "DateTime": lambda value: isinstance(value, str) and DATE_TIME.fullmatch(value) is not None,
    "JSON": lambda value: True,
    **dict.fromkeys(("String", "ID", "LFN", "URL"), lambda value: isinstance(value, str)),
}


def collect(schema: graphql.GraphQLSchema, type_: Any, selections: Sequence[SelectionNode]) -> Iterator[Tuple[str, FieldNode]]:
    for node in selections:
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value, node
        elif isinstance(node, InlineFragmentNode):
            on = schema.type_map[node.type_condition.name.value]
            if on is type_ or (graphql.is_abstract_type(on) and schema.is_sub_type(on, type_)):
                yield from collect(schema, type_, node.selection_set.selections)


def misfits(schema: graphql.GraphQLSchema, type_: Any, selections: Sequence[SelectionNode], value: Any, path: str) -> List[str]:
    """Where a value is not what the schema says, and the selection asks for."""
    if isinstance(type_, graphql.GraphQLNonNull):
        return [f"{path} is null, and must not be"] if value is None else misfits(schema, type_.of_type, selections, value, path)
    if value is None:
        return []
    if isinstance(type_, graphql.GraphQLList):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [fault for index, one in enumerate(value) for fault in misfits(schema, type_.of_type, selections, one, f"{path}.{index}")]
    if isinstance(type_, graphql.GraphQLEnumType):
        return [] if value in type_.values else [f"{path} is no {type_.name}: {value!r}"]
    if isinstance(type_, graphql.GraphQLScalarType):
        return [] if SCALARS[type_.name](value) else [f"{path} is no {type_.name}: {value!r}"]
    if not isinstance(value, dict):
        return [f"{path} is no object"]
    if graphql.is_abstract_type(type_):
        each = [misfits(schema, one, selections, value, path) for one in schema.get_possible_types(type_)]
        return min(each, key=lambda found: (sum("was asked for" in fault for fault in found), len(found)))
    wanted: Dict[str, List[FieldNode]] = {}
    for key, node in collect(schema, type_, selections):
        wanted.setdefault(key, []).append(node)
    if list(value) != list(wanted):
        return [f"{path} has {list(value)}, and was asked for {list(wanted)}"]
    return [
        fault for key, fields in wanted.items()
        for fault in misfits(schema, schema.get_field(type_, fields[0].name.value).type, [one for field in fields if field.selection_set for one in field.selection_set.selections], value[key], f"{path}.{key}")
    ]


def wrong_errors(errors: Any) -> List[str]:
    if errors is None:
        return []
    if not isinstance(errors, list) or not errors:
        return ["errors is no list with something in it"]
    found = []
    for error in errors:
        message, code = error.get("message"), (error.get("extensions") or {}).get("code")
        if not isinstance(message, str) or not message:
            found.append("an error without a message")
        elif CODE_INSIDE.search(message):
            found.append(f"an error tells of the code: {message}")
        if code not in CODES:
            found.append(f"an error with the code {code}: {message}")
    return found


def faults(schema: graphql.GraphQLSchema, query: str, status: int, media_type: str, body: Any) -> List[str]:
    """All that is wrong with an answer; `body` is the JSON of it."""
    if status >= 500:
        return [f"status {status}: {str(body)[:300]}"]
    if not isinstance(body, dict) or not set(body) <= {"data", "errors", "extensions"} or not {"data", "errors"} & set(body):
        return [f"status {status}, and no answer of GraphQL: {str(body)[:300]}"]
    found = wrong_errors(body.get("errors"))
    if "errors" not in body and body["data"] is None:
        found.append("no data, and no errors")
    if status == 401:  # refused before GraphQL began
        return found
    if not media_type.startswith(MEDIA_TYPE):
        found.append(f"the answer is {media_type}")
    if ("data" not in body and not 400 <= status < 500) or (body.get("data") is not None and status != 200):
        found.append(f"status {status} with data {str(body.get('data'))[:100]}")
    if body.get("data") is not None:
        (operation,) = graphql.parse(query).definitions
        found += misfits(schema, schema.get_root_type(operation.operation), operation.selection_set.selections, body["data"], "data")
    return found
