import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { Entity } from '../domain/entity.js';
import { AddRuleInput, AddRulePayload } from '../schema/add-rule.js';
import { DeclareBadInput, DeclareBadPayload } from '../schema/declare-bad.js';

/** What changes Rucio. */
@Resolver()
export class WriteResolver {
  @Mutation(() => AddRulePayload, { description: "Asks Rucio for one replication rule a DID, with the viewer's own rights; the rules are read back from Rucio." })
  async addRule(@Arg('input', () => AddRuleInput, { description: 'Which rules.' }) input: AddRuleInput, @Ctx() { live, writes, writer }: Context): Promise<unknown> {
    return new Entity('AddRulePayload', { rules: await live.rulesSeen(await writes.addRule(input, writer)) });
  }

  @Mutation(() => DeclareBadPayload, { description: "Tells Rucio that replicas are bad, with the viewer's own rights; refused where no good copy would remain unless `force`." })
  async declareBad(@Arg('input', () => DeclareBadInput, { description: 'Which replicas.' }) input: DeclareBadInput, @Ctx() { writes, writer }: Context): Promise<unknown> {
    const { declared, refused } = await writes.declareBad({ ...input, force: input.force ?? false }, writer);
    return new Entity('DeclareBadPayload', { declared, refused: refused.map((refusal) => new Entity('Refusal', { ...refusal })) });
  }
}
