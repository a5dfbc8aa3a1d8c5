import { ObjectType } from 'type-graphql';
import { Did } from './did.js';
import { Node } from './node.js';

@ObjectType({ implements: [Node, Did], simpleResolvers: true, description: 'Collection of datasets and containers; in the CTAO profile a directory above datasets.' })
export class Container extends Did {}
