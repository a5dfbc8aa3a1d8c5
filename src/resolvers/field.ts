import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import { Entity } from '../domain/entity.js';

/** What the mirror has already put into an object, under the response key. */
export const fromMirror = (source: object, { path }: GraphQLResolveInfo): unknown => (source as Record<string, unknown>)[path.key];

/** The value of a plain field: by its name in an Entity, by the response key in an object from the mirror. */
export const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, _args, _context, info) =>
  (source instanceof Entity ? (source as unknown as Record<string, unknown>)[info.fieldName] : fromMirror(source as object, info));
