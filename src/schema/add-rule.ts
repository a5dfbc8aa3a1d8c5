import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Rule } from './rule.js';

@InputType({ description: 'A DID by its names in Rucio.' })
export class DidInput {
  @Field(() => String, { description: "Rucio's scope." }) scope!: string;
  @Field(() => String, { description: "Rucio's name." }) name!: string;
}

@InputType({ description: 'Replication rules to add: one for each DID, all or none.' })
export class AddRuleInput {
  @Field(() => [DidInput], { description: 'Files, datasets or containers; one named twice counts once.' }) dids!: DidInput[];
  @Field(() => Int, { description: 'How many copies of each file.' }) copies!: number;
  @Field(() => String, { description: 'RSEs on which the copies may lie.' }) rseExpression!: string;
  @Field(() => String, { nullable: true, description: 'RSEs from which copies may be made; all if left out.' }) sourceReplicaExpression?: string | null;
  @Field(() => Int, { nullable: true, description: 'Days until the rules end; never if left out.' }) lifetimeDays?: number | null;
  @Field(() => String, { nullable: true, description: "One of Rucio's activities that the transfers are booked on; Rucio's own choice if left out." }) activity?: string | null;
  @Field(() => String, { nullable: true, description: 'For people who look at the rules; at most 250 characters.' }) comment?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'What came of addRule.' })
export class AddRulePayload {
  @Field(() => [Rule], { description: 'The rules as Rucio has them now, in the order of the DIDs.' }) rules!: Rule[];
}
