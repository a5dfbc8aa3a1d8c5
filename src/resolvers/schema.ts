import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchema } from 'type-graphql';
import type { MetadataField } from '../domain/metadata-field.js';
import { addMetadata } from '../schema/metadata.js';
import { ContainerResolver, DatasetResolver } from './collection.js';
import { DidResolver } from './did.js';
import { FileConnectionResolver, FileResolver } from './file.js';
import { ReplicaResolver } from './replica.js';
import { RseResolver } from './rse.js';
import { RuleResolver } from './rule.js';
import { StatusResolver, ViewerResolver } from './status.js';
import { WriteResolver } from './writes.js';

let made: Promise<GraphQLSchema> | undefined;
let madeFrom: string | undefined;

/** The schema with the registry's fields. type-graphql keeps one set of types a process, so one registry a process. */
export function makeSchema(fields: readonly MetadataField[]): Promise<GraphQLSchema> {
  const from = JSON.stringify(fields);
  if (made) {
    if (from !== madeFrom) throw new Error('A process has one field registry.');
    return made;
  }
  madeFrom = from;
  addMetadata(fields);
  made = build();
  return made;
}

async function build(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [FileResolver, FileConnectionResolver, DidResolver, DatasetResolver, ContainerResolver, ReplicaResolver, RseResolver, RuleResolver, StatusResolver, ViewerResolver, WriteResolver],
    validate: false,
  });
  schema.getQueryType()!.description = 'Everything that can be asked for.'; // type-graphql has no place for these
  schema.getMutationType()!.description = 'What changes Rucio: by POST alone, one after another, with the viewer\'s own rights there.';
  return schema;
}
