import { Field, Float, ObjectType } from 'type-graphql';
import { MirrorSource, MirrorState } from './enums.js';
import { BigIntScalar, DateTimeScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'The indexed copy of the catalogue that answers queries, and how current it is.' })
export class Mirror {
  @Field(() => MirrorSource, { description: 'How it follows Rucio.' }) source!: MirrorSource;
  @Field(() => MirrorState, { description: 'What it is doing.' }) state!: MirrorState;
  @Field(() => DateTimeScalar, { nullable: true, description: 'As in Completeness; null before the first snapshot.' }) asOf?: string;
  @Field(() => String, { nullable: true, description: 'As in Completeness.' }) position?: string;
  @Field(() => Float, { nullable: true, description: 'Age of the oldest change of the source that is not yet in the mirror; 0 when there is none; null before the first snapshot. In seconds.' }) lagSeconds?: number;
  @Field(() => BigIntScalar, { description: 'Source rows that could not be taken in, see `dipper verify`.' }) setAside!: string;
}
