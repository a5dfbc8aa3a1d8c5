import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { collections } from '../read/lookups.js';
import { containerChildren, datasetFiles, datasetTotal } from '../read/shape/collection.js';
import { DidPageArgs, FilePageArgs, PageArgs } from '../schema/arguments.js';
import { ContainerConnection, DatasetConnection, DidConnection, FileConnection } from '../schema/connection.js';
import { Container } from '../schema/container.js';
import { Dataset } from '../schema/dataset.js';
import { BigIntScalar } from '../schema/scalars.js';
import { fromMirror } from './field.js';

type Named = Entity & { readonly scope: string; readonly name: string };
const keyOf = (did: Named) => `${did.scope}:${did.name}`;

@Resolver(() => Dataset)
export class DatasetResolver {
  @Query(() => DatasetConnection, { description: 'Datasets, by scope and name.' })
  @Extensions({ mirror: true })
  datasets(@Args(() => DidPageArgs) _args: DidPageArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => collections(look, 'Dataset'));
  }

  @FieldResolver(() => BigIntScalar, { description: 'Files in it that the viewer may see.' })
  length(@Root() dataset: object, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return dataset instanceof Entity ? mirror.readShared(info, keyOf(dataset as Named), (look) => datasetTotal(look, 'length', dataset as Named)) : fromMirror(dataset, info);
  }

  @FieldResolver(() => BigIntScalar, { description: 'Their bytes.' })
  bytes(@Root() dataset: object, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return dataset instanceof Entity ? mirror.readShared(info, keyOf(dataset as Named), (look) => datasetTotal(look, 'bytes', dataset as Named)) : fromMirror(dataset, info);
  }

  @FieldResolver(() => FileConnection, { description: 'Files in it.' })
  files(@Root() dataset: object, @Args(() => FilePageArgs) _args: FilePageArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return dataset instanceof Entity ? mirror.readShared(info, keyOf(dataset as Named), (look) => datasetFiles(look, dataset as Named)) : fromMirror(dataset, info);
  }
}

@Resolver(() => Container)
export class ContainerResolver {
  @Query(() => ContainerConnection, { description: 'Containers, by scope and name.' })
  @Extensions({ mirror: true })
  containers(@Args(() => DidPageArgs) _args: DidPageArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => collections(look, 'Container'));
  }

  @FieldResolver(() => DidConnection, { description: 'Datasets and containers in it, by scope and name.' })
  children(@Root() container: object, @Args(() => PageArgs) _args: PageArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return container instanceof Entity ? mirror.readShared(info, keyOf(container as Named), (look) => containerChildren(look, container as Named)) : fromMirror(container, info);
  }
}
