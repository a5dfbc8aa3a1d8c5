"""Arguments that make sense: with nothing but random ones nearly all that is asked would be refused, or find nothing."""
from typing import Any, Callable, Dict, List, Sequence, Tuple

import graphql
from graphql import ArgumentNode, DocumentNode, FieldNode, InlineFragmentNode, NameNode, ObjectFieldNode, SelectionNode, SelectionSetNode
from hypothesis import strategies as st
from hypothesis_graphql import nodes

Draw = Callable[[Any], Any]
Known = Dict[str, List[Any]]
Pair = Tuple[str, graphql.ValueNode]

WILD_ONE_IN = 8
MOST_DEPTH = 2
TEXT = st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF), max_size=20)
DATES = st.datetimes().map(lambda date: date.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20))
NIGHTS = st.sampled_from(["2026-03-14T20:30:00Z", "2026-03-14T22:00:00.5+01:00", "2026-03-15T04:00:00Z", "2031-01-01T00:00:00Z"])
JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(-1e6, 1e6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[_a-z][_a-z0-9]{0,8}", fullmatch=True), inner, max_size=3),
    max_leaves=5,
)
BIG = st.sampled_from([0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)


def literal(value: Any) -> graphql.ValueNode:
    if value is None:
        return nodes.Null
    if isinstance(value, bool):
        return nodes.Boolean(value)
    if isinstance(value, int):
        return nodes.Int(value)
    if isinstance(value, float):
        return nodes.Float(value)
    if isinstance(value, str):
        return nodes.String(value)
    if isinstance(value, list):
        return nodes.List([literal(one) for one in value])
    return nodes.Object([ObjectFieldNode(name=NameNode(value=key), value=literal(one)) for key, one in value.items()])


# Of the wild texts, few: a text that nothing has makes a filter that nothing fits.
def mostly(known: Sequence[Any], other: st.SearchStrategy) -> st.SearchStrategy:
    return st.integers(0, 9).flatmap(lambda dice: other if dice == 9 or not known else st.sampled_from(known))


class Sensible:
    """Draws arguments by their names and types, from what the archive is known to have."""

    def __init__(self, schema: graphql.GraphQLSchema, known: Known) -> None:
        self.schema = schema
        self.scope_of = dict(known["dids"])
        names = list(self.scope_of)
        self.of_scalar = {
            "Boolean": st.booleans(), "Float": st.floats(allow_nan=False, allow_infinity=False), "Int": st.integers(0, 4),
            "ID": mostly(known["ids"], TEXT), "LFN": mostly(known["files"], TEXT.map("/ctao/".__add__)),
            "DateTime": mostly(known["times"], NIGHTS | DATES), "BigInt": mostly(known["numbers"], BIG), "JSON": st.sampled_from(known["values"] + known["numbers"]) | JSON,
            "String": mostly(known["values"], TEXT),
        }
        expressions = known["rses"] + ["OFFSITE", "*", "ONSITE|type=DISK", "QOS=DISK&OFFSITE", "(OFFSITE)\\DESY"]
        self.by_name = {
            "scope": mostly(known["scopes"], TEXT), "name": mostly(names, TEXT), "within": mostly(known["collections"], TEXT.map("/ctao/".__add__)),
            "Query.rse.name": mostly(known["rses"], TEXT), "DeclareBadInput.rse": mostly(known["rses"], TEXT),
            "rse": mostly(expressions, TEXT), "expression": mostly(expressions, TEXT), "rseExpression": mostly(expressions, TEXT), "sourceReplicaExpression": mostly(expressions, TEXT),
            "field": mostly(known["fields"], TEXT), "key": mostly(known["keys"], TEXT), "keys": mostly(known["keys"], TEXT), "like": mostly(["%", "/ctao/%fits", "_%", "%\\%%"], TEXT),
            "startsWith": mostly(["", "/ctao/acada/", "DL"], TEXT), "first": mostly([1, 2, 3, 5, 10, 20, 100, 1000], st.integers(-1, 2**31 - 1)), "last": mostly([1, 2, 3], st.integers()),
            "limit": st.integers(1, 10), "copies": mostly([1, 1, 1, 2], st.integers(-1, 9)), "lifetimeDays": mostly([1, 30], st.integers(-1, 99_999)), "account": mostly(known["accounts"], TEXT),
        }

    def value(self, draw: Draw, owner: str, name: str, type_: Any, depth: int) -> graphql.ValueNode:
        if isinstance(type_, graphql.GraphQLNonNull):
            return self.value(draw, owner, name, type_.of_type, depth)
        if isinstance(type_, graphql.GraphQLList):
            return nodes.List([self.value(draw, owner, name, type_.of_type, depth) for _ in range(draw(st.integers(1, 3)))])
        if isinstance(type_, graphql.GraphQLEnumType):
            return nodes.Enum(draw(st.sampled_from(sorted(type_.values))))
        if isinstance(type_, graphql.GraphQLInputObjectType):
            return nodes.Object([ObjectFieldNode(name=NameNode(value=key), value=value) for key, value in self.some(draw, type_, depth)])
        by_name = self.by_name.get(f"{owner}.{name}", self.by_name.get(name)) if type_.name in ("String", "Int", "LFN") else None
        return literal(draw(by_name if by_name is not None else self.of_scalar[type_.name]))

    def some(self, draw: Draw, type_: graphql.GraphQLInputObjectType, depth: int) -> List[Pair]:
        """What an input object needs, and one field more or two: conditions that must all hold are seldom held by anything."""
        fields = type_.fields
        needed = [name for name, field in fields.items() if graphql.is_required_input_field(field)]
        others = sorted(name for name in fields if name not in needed and (depth < MOST_DEPTH or name not in ("and", "or", "not")))
        weighed = others + ["metadata"] * (len(others) // 4 if "metadata" in others else 0)  # it has a world of its own below it
        more = draw(st.lists(st.sampled_from(weighed), min_size=0 if needed and "isNull" not in fields else 1, max_size=2, unique=True)) if others else []
        return self.agreeing([(name, self.value(draw, type_.name, name, fields[name].type, depth + 1)) for name in needed + more])

    def agreeing(self, pairs: List[Pair]) -> List[Pair]:
        """With the scope that the name is known in, where both are there."""
        name = dict(pairs).get("name")
        scope = self.scope_of.get(getattr(name, "value", None))
        return [(key, literal(scope) if key == "scope" and scope is not None and isinstance(value, graphql.StringValueNode) else value) for key, value in pairs]

    def arguments(self, draw: Draw, owner: str, args: Dict[str, graphql.GraphQLArgument]) -> List[ArgumentNode]:
        needed = {name for name, arg in args.items() if graphql.is_required_argument(arg)}
        # A cursor belongs to its list; `last` goes without `first`.
        chosen = [name for name in args if name in needed or (name not in ("after", "before", "first", "last") and draw(st.integers(0, 3)) > (0 if name == "where" else 1))]
        if "first" in args:
            chosen.append("last" if "last" in args and draw(st.integers(0, 5)) == 5 else "first")
        if "after" in args and draw(st.integers(0, 19)) == 19:
            chosen.append("after")
        values = self.agreeing([(name, self.value(draw, owner, name, args[name].type, 0)) for name in chosen])
        return [ArgumentNode(name=NameNode(value=name), value=value) for name, value in values]

    def selections(self, draw: Draw, of: Any, chosen: Sequence[SelectionNode]) -> Tuple[SelectionNode, ...]:
        def again(node: SelectionNode) -> SelectionNode:
            if isinstance(node, InlineFragmentNode):
                inner = self.schema.type_map[node.type_condition.name.value]
                return InlineFragmentNode(type_condition=node.type_condition, selection_set=SelectionSetNode(selections=self.selections(draw, inner, node.selection_set.selections)))
            field = of.fields[node.name.value]
            below = node.selection_set and SelectionSetNode(selections=self.selections(draw, graphql.get_named_type(field.type), node.selection_set.selections))
            return FieldNode(name=node.name, alias=node.alias, arguments=tuple(self.arguments(draw, f"{of.name}.{node.name.value}", field.args)), selection_set=below)

        return tuple(again(node) for node in chosen)

    def document(self, draw: Draw, drawn: DocumentNode) -> DocumentNode:
        if draw(st.integers(1, WILD_ONE_IN)) == WILD_ONE_IN:
            return drawn
        (operation,) = drawn.definitions
        root = self.schema.get_root_type(operation.operation)
        selections = self.selections(draw, root, operation.selection_set.selections)
        return DocumentNode(definitions=(graphql.OperationDefinitionNode(operation=operation.operation, selection_set=SelectionSetNode(selections=selections)),))
