import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({ resolveType: (value: { __typename: string }) => value.__typename, description: 'Anything that can be asked for by its id.' })
export abstract class Node {
  @Field(() => ID, { description: 'Made of the type and the natural key, so that it outlives a rebuild of the mirror.' }) id!: string;
}
