"""The same question with its arguments in variables: they are read by other code than those in the text."""
from typing import Any, Dict, List, Sequence, Tuple

import graphql
from graphql import ArgumentNode, FieldNode, InlineFragmentNode, NameNode, SelectionNode, SelectionSetNode, VariableDefinitionNode, VariableNode

SAFE = 2**53


def exact(value: Any) -> Any:
    """Whole numbers that JSON does not carry safely go as text."""
    if isinstance(value, dict):
        return {key: exact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    return str(value) if isinstance(value, int) and abs(value) >= SAFE else value


def with_variables(schema: graphql.GraphQLSchema, text: str) -> Dict[str, Any]:
    (operation,) = graphql.parse(text).definitions
    definitions: List[VariableDefinitionNode] = []
    variables: Dict[str, Any] = {}

    def lift(argument: ArgumentNode, type_: Any) -> ArgumentNode:
        variable = VariableNode(name=NameNode(value=f"v{len(definitions)}"))
        definitions.append(VariableDefinitionNode(variable=variable, type=graphql.parse_type(str(type_))))
        variables[variable.name.value] = exact(graphql.value_from_ast_untyped(argument.value))
        return ArgumentNode(name=argument.name, value=variable)

    def selections(of: Any, chosen: Sequence[SelectionNode]) -> Tuple[SelectionNode, ...]:
        def again(node: SelectionNode) -> SelectionNode:
            if isinstance(node, InlineFragmentNode):
                return InlineFragmentNode(type_condition=node.type_condition, selection_set=below(schema.type_map[node.type_condition.name.value], node))
            field = of.fields[node.name.value]
            arguments = tuple(lift(one, field.args[one.name.value].type) for one in node.arguments or ())
            return FieldNode(name=node.name, alias=node.alias, arguments=arguments, selection_set=node.selection_set and below(graphql.get_named_type(field.type), node))

        return tuple(again(node) for node in chosen)

    def below(of: Any, node: Any) -> SelectionSetNode:
        return SelectionSetNode(selections=selections(of, node.selection_set.selections))

    selection_set = below(schema.get_root_type(operation.operation), operation)
    lifted = graphql.OperationDefinitionNode(operation=operation.operation, name=NameNode(value="Fuzz"), variable_definitions=tuple(definitions), selection_set=selection_set)
    return {"query": graphql.print_ast(lifted), "variables": variables, "operationName": "Fuzz"}
