import { Field, ObjectType } from 'type-graphql';
import { Did } from './did.js';
import { Node } from './node.js';

@ObjectType({ implements: [Node, Did], simpleResolvers: true, description: 'Collection of files; in the CTAO profile a directory.' })
export class Dataset extends Did {
  @Field(() => Boolean, { description: 'Whether files can still be added.' }) isOpen!: boolean;
}
