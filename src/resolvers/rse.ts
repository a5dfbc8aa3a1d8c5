import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { rseByName, rseList } from '../read/lookups.js';
import { Rse } from '../schema/rse.js';

@Resolver(() => Rse)
export class RseResolver {
  @Query(() => [Rse], { description: "`expression` is a Rucio RSE expression, as everywhere, and is worked out on the mirror's own RSEs." })
  @Extensions({ mirror: true })
  rses(
    @Arg('expression', () => String, { nullable: true, description: 'Which ones, such as OFFSITE or site=PIC|site=DESY; all if left out.' }) _expression: string | null,
    @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo,
  ): unknown {
    return mirror.read(info, rseList);
  }

  @Query(() => Rse, { nullable: true, description: 'One RSE by its name in Rucio.' })
  @Extensions({ mirror: true })
  rse(@Arg('name', () => String, { description: 'Its name in Rucio.' }) name: string, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => rseByName(look, name));
  }
}
