import { Field, ID, InterfaceType } from 'type-graphql';

/** Name of an object's type: the mirror writes it under a name that no alias can be, live objects have their own. */
export const typeOf = (value: { '#type'?: string; __typename: string }): string => value['#type'] ?? value.__typename;

@InterfaceType({ resolveType: typeOf, description: 'Anything that can be asked for by its id.' })
export abstract class Node {
  @Field(() => ID, { description: 'Made of the type and the natural key, so that it outlives a rebuild of the mirror.' }) id!: string;
}
