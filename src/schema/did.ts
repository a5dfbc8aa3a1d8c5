import { Field, InterfaceType } from 'type-graphql';
import { DidType } from './enums.js';
import { Node, typeOf } from './node.js';
import { DateTimeScalar } from './scalars.js';

// metadata, rules and parents are added by their resolvers, which serve every type of DID.
@InterfaceType({ implements: Node, resolveType: typeOf, description: "Rucio's data identifier: a file, a dataset or a container." })
export abstract class Did extends Node {
  @Field(() => String, { description: 'Namespace of the name.' }) scope!: string;
  @Field(() => String, { description: 'Name, unique within the scope; the LFN of a file.' }) name!: string;
  @Field(() => DidType, { description: 'File, dataset or container.' }) didType!: DidType;
  @Field(() => String, { description: 'Rucio account that owns it.' }) account!: string;
  @Field(() => DateTimeScalar, { description: 'When it was registered.' }) createdAt!: string;
  @Field(() => DateTimeScalar, { description: 'When its entry last changed.' }) updatedAt!: string;
}
