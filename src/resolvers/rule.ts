import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { ruleById, rules } from '../read/lookups.js';
import { IdArgs, RulePageArgs } from '../schema/arguments.js';
import { RuleConnection } from '../schema/connection.js';
import { Rule } from '../schema/rule.js';

@Resolver(() => Rule)
export class RuleResolver {
  @Query(() => Rule, { nullable: true, description: "By Relay id or by Rucio's own rule id." })
  @Extensions({ mirror: true })
  rule(@Args(() => IdArgs) { id }: IdArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, (look) => ruleById(look, id.replace(/^Rule:/, '')));
  }

  @Query(() => RuleConnection, { description: 'Replication rules, oldest first.' })
  @Extensions({ mirror: true })
  rules(@Args(() => RulePageArgs) _args: RulePageArgs, @Ctx() { mirror }: Context, @Info() info: GraphQLResolveInfo): unknown {
    return mirror.read(info, rules);
  }
}
