import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { didByName } from '../read/lookups.js';
import { DidArgs, MetadataArgs } from '../schema/arguments.js';
import { Did } from '../schema/did.js';
import { Rule } from '../schema/rule.js';
import { JsonScalar } from '../schema/scalars.js';
import { fromMirror } from './field.js';

/** What every type of DID has. */
@Resolver(() => Did)
export class DidResolver {
  @Query(() => Did, { nullable: true, description: 'A file, dataset or container by scope and name.' })
  @Extensions({ mirror: true })
  did(@Args(() => DidArgs) { scope, name }: DidArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => didByName(look, { scope, name }));
  }

  @FieldResolver(() => JsonScalar, { description: 'Every metadata attribute, by its key in Rucio.' })
  metadata(@Root() did: object, @Args(() => MetadataArgs) { keys }: MetadataArgs, @Info() info: GraphQLResolveInfo): unknown {
    if (!(did instanceof Entity)) return fromMirror(did, info);
    const { metadata } = did as unknown as { metadata: Record<string, unknown> };
    return keys ? Object.fromEntries(Object.entries(metadata).filter(([key]) => keys.includes(key))) : metadata;
  }

  @FieldResolver(() => [Rule], { description: 'Replication rules on this DID; for a file also those on the datasets and containers that hold it.' })
  rules(@Root() did: object, @Ctx() { live }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return did instanceof Entity ? live.rules(did) : fromMirror(did, info);
  }

  @FieldResolver(() => [Did], { description: 'Collections that hold this DID directly.' })
  parents(@Root() did: object, @Ctx() { live }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return did instanceof Entity ? live.parents(did) : fromMirror(did, info);
  }
}
