import { Field, Int, ObjectType } from 'type-graphql';
import { DidType, RuleState } from './enums.js';
import { Node } from './node.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Replication rule: asks Rucio to keep copies of a DID on certain RSEs.' })
export class Rule extends Node {
  @Field(() => String, { description: "Rucio's own id." }) ruleId!: string;
  @Field(() => String, { description: 'Scope of the DID that the rule is on.' }) scope!: string;
  @Field(() => String, { description: 'Name of the DID that the rule is on.' }) name!: string;
  @Field(() => DidType, { description: 'Type of the DID that the rule is on.' }) didType!: DidType;
  @Field(() => String, { description: 'Rucio account that owns the rule.' }) account!: string;
  @Field(() => String, { description: 'RSEs on which the copies may lie.' }) rseExpression!: string;
  @Field(() => String, { nullable: true, description: 'RSEs from which copies may be made.' }) sourceReplicaExpression?: string;
  @Field(() => Int, { description: 'How many copies of each file it asks for.' }) copies!: number;
  @Field(() => RuleState, { description: 'How far Rucio has come with it.' }) state!: RuleState;
  @Field(() => String, { nullable: true, description: 'Whether files go to the same RSE: ALL, DATASET or NONE.' }) grouping?: string;
  @Field(() => String, { nullable: true, description: 'Activity that the transfers are booked on.' }) activity?: string;
  @Field(() => Int, { description: 'Copies in place.' }) locksOkCnt!: number;
  @Field(() => Int, { description: 'Copies on their way.' }) locksReplicatingCnt!: number;
  @Field(() => Int, { description: 'Copies that could not be made.' }) locksStuckCnt!: number;
  @Field(() => Boolean, { description: 'Whether the rule is protected from deletion.' }) locked!: boolean;
  @Field(() => String, { nullable: true, description: "Rucio's last error." }) error?: string;
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the rule ends.' }) expiresAt?: string;
  @Field(() => DateTimeScalar, { description: 'When the rule was made.' }) createdAt!: string;
  @Field(() => DateTimeScalar, { description: 'When the rule last changed.' }) updatedAt!: string;
}
