import type { GraphQLResolveInfo } from 'graphql';
import { sql } from 'kysely';
import { Args, Ctx, Extensions, FieldResolver, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { fieldOperators } from '../domain/metadata-field.js';
import { nodeById } from '../read/lookups.js';
import { IdArgs } from '../schema/arguments.js';
import { Limits } from '../schema/limits.js';
import { MetadataFieldType } from '../schema/metadata-field.js';
import { Mirror } from '../schema/mirror.js';
import { Node } from '../schema/node.js';
import { Viewer } from '../schema/viewer.js';

/** What dipper says of itself, and objects by id. */
@Resolver()
export class StatusResolver {
  @Query(() => Node, { nullable: true, description: 'Relay object identification.' })
  @Extensions({ mirror: true })
  node(@Args(() => IdArgs) { id }: IdArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => nodeById(look, id));
  }

  @Query(() => Mirror, { description: 'How current the mirror is.' })
  @Extensions({ mirror: true })
  mirror(@Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => look.one('Mirror', (one) => ({ from: sql`(select) as ${one.alias}` })));
  }

  @Query(() => [MetadataFieldType], { description: 'Every metadata field that can be asked for, filtered or sorted by, with its aliases and operators.' })
  fields(@Ctx() { fields }: Context): unknown {
    return fields.map((field) => new Entity('MetadataField', { aliases: [], indexed: false, sortable: false, ...field, operators: fieldOperators(field) }));
  }

  @Query(() => Limits, { description: 'The limits that a request is held to.' })
  limits(@Ctx() { limits }: Context): unknown {
    return new Entity('Limits', { ...limits });
  }

  @Query(() => Viewer, { description: 'Who is asking.' })
  viewer(@Ctx() { viewer: { subject, issuer, groups, scopes } }: Context): unknown {
    return new Entity('Viewer', { subject, issuer, groups, scopes });
  }
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => String, { nullable: true, description: 'Rucio account that the viewer acts as.' })
  account(@Ctx() { viewer, signal }: Context): Promise<string | null> {
    return viewer.account(signal);
  }
}
