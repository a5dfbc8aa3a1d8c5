import { lexicographicSortSchema, printSchema } from 'graphql';
import type { MetadataField } from './domain/metadata-field.js';
import { makeSchema } from './resolvers/schema.js';

/** The schema's text, sorted, as committed in schema.graphql. */
export async function emitSchema(fields: readonly MetadataField[]): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await makeSchema(fields)))}\n`;
}
