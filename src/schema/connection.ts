import { Field, ObjectType } from 'type-graphql';
import { Completeness } from './completeness.js';
import { Container } from './container.js';
import { Dataset } from './dataset.js';
import { Did } from './did.js';
import { File } from './file.js';
import { Rule } from './rule.js';
import { BigIntScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'Where a page lies in the whole list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' }) hasNextPage!: boolean;
  @Field(() => Boolean, { description: 'Whether some come before.' }) hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: 'Cursor of the first on this page.' }) startCursor?: string;
  @Field(() => String, { nullable: true, description: 'Cursor of the last on this page, to be given as `after`.' }) endCursor?: string;
}

/** Makes `XEdge` and `XConnection` for a node type, as Relay has them. */
function connectionOf(name: string, node: () => unknown, plural: string) {
  const edge = { [`${name}Edge`]: class {} }[`${name}Edge`]!;
  ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One of a list of ${plural}.` })(edge);
  Field(() => String, { description: 'Its place in the list.' })(edge.prototype, 'cursor');
  Field(node as () => typeof File, { description: 'The item itself.' })(edge.prototype, 'node');

  const connection = { [`${name}Connection`]: class {} }[`${name}Connection`]!;
  ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of a list of ${plural}.` })(connection);
  Field(() => [edge], { description: 'The items of this page, each with its cursor.' })(connection.prototype, 'edges');
  Field(() => [node()] as [typeof File], { description: 'The items of this page.' })(connection.prototype, 'nodes');
  Field(() => PageInfo, { description: 'Where this page lies.' })(connection.prototype, 'pageInfo');
  Field(() => BigIntScalar, { description: 'Number of all that match, on every page; computed only when asked for.' })(connection.prototype, 'totalCount');
  return connection;
}

export const FileConnection = connectionOf('File', () => File, 'files');
Field(() => BigIntScalar, { description: 'Bytes of all files that match, on every page; computed only when asked for.' })(FileConnection.prototype, 'totalBytes');
Field(() => Completeness, { description: 'Whether the answer is all there is to say.' })(FileConnection.prototype, 'completeness');
export const DidConnection = connectionOf('Did', () => Did, 'data identifiers');
export const DatasetConnection = connectionOf('Dataset', () => Dataset, 'datasets');
export const ContainerConnection = connectionOf('Container', () => Container, 'containers');
export const RuleConnection = connectionOf('Rule', () => Rule, 'replication rules');
