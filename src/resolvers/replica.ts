import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { DipperError } from '../errors.js';
import { rseByName } from '../read/lookups.js';
import { Pfn, Replica } from '../schema/replica.js';
import { Rse } from '../schema/rse.js';
import { resolveField, fromMirror } from './field.js';

@Resolver(() => Replica)
export class ReplicaResolver {
  @FieldResolver(() => Rse, { description: 'Where the copy lies.' })
  async rse(@Root() replica: object, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    if (!(replica instanceof Entity)) return fromMirror(replica, info);
    const { rseName } = replica as unknown as { rseName: string };
    const rse = await mirror.readShared(info, rseName, (look) => rseByName(look, rseName));
    if (!rse) throw new DipperError('UNAVAILABLE', `The RSE ${rseName} is not in the mirror yet. Try again in a moment.`);
    return rse;
  }

  @FieldResolver(() => [Pfn], { description: "Physical names, one for each protocol and domain that the RSE offers for reading, by the RSE's own priority; the same from MIRROR and LIVE." })
  pfns(@Root() replica: object, @Ctx() context: Context, @Info() info: GraphQLResolveInfo): unknown {
    return resolveField(replica, {}, context, info);
  }
}
