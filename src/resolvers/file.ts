import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { DipperError } from '../errors.js';
import { fileConnection } from '../read/file-connection.js';
import { fileByName, filesByName } from '../read/lookups.js';
import { FilesArgs, LfnArgs, LfnsArgs, ReplicasArgs } from '../schema/arguments.js';
import { FileConnection } from '../schema/connection.js';
import { Consistency } from '../schema/enums.js';
import { Facet, FacetArgs } from '../schema/facet.js';
import { File } from '../schema/file.js';
import { FilesByLfn } from '../schema/files-by-lfn.js';
import { Replica } from '../schema/replica.js';
import { fromMirror } from './field.js';

/** What the mirror alone knows of a list of files. */
@Resolver(() => FileConnection)
export class FileConnectionResolver {
  @FieldResolver(() => Facet, { description: 'Values of a field (name of MetadataField) and how many matching files have each, most frequent first.' })
  facet(@Root() connection: object, @Args(() => FacetArgs) _args: FacetArgs, @Info() info: GraphQLResolveInfo): unknown {
    return fromMirror(connection, info);
  }
}

@Resolver(() => File)
export class FileResolver {
  @Query(() => File, { nullable: true, description: 'One file by its logical name; null when the catalogue does not know it.' })
  @Extensions({ mirror: true })
  file(@Args(() => LfnArgs) { lfn, consistency }: LfnArgs, @Ctx() { live, mirror, parseLfn }: Context, @Info() info: GraphQLResolveInfo): unknown {
    const did = parseLfn(lfn);
    return consistency === Consistency.LIVE ? live.file(did) : mirror.read(info, (look) => fileByName(look, did));
  }

  @Query(() => FilesByLfn, { description: 'Many files by name, in one round trip; says which are missing. At most `limits.lfnsPerQuery` names.' })
  @Extensions({ mirror: true })
  filesByLfn(@Args(() => LfnsArgs) { lfns, consistency }: LfnsArgs, @Ctx() { live, mirror, parseLfn, limits }: Context, @Info() info: GraphQLResolveInfo): unknown {
    if (lfns.length > limits.lfnsPerQuery) throw new DipperError('BAD_USER_INPUT', `${lfns.length} names were asked for; at most ${limits.lfnsPerQuery} are answered at once.`);
    const dids = lfns.map(parseLfn);
    return consistency === Consistency.LIVE ? live.filesByLfn(dids) : mirror.read(info, (look) => filesByName(look, dids));
  }

  @Query(() => FileConnection, { description: 'Files whose metadata match. All conditions of one input object must hold. At most `limits.pageSize` per page.' })
  @Extensions({ mirror: true })
  files(@Args(() => FilesArgs) _args: FilesArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => fileConnection(look, { identity: { files: true } }));
  }

  @FieldResolver(() => [Replica], { description: 'Copies that Rucio knows, healthy ones first. `rse` is a Rucio RSE expression.' })
  replicas(@Root() file: object, @Args(() => ReplicasArgs) { rse, state }: ReplicasArgs, @Ctx() { live }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return file instanceof Entity ? live.replicas(file, { rse, state }) : fromMirror(file, info);
  }
}
