import { Field, InputType, ObjectType } from 'type-graphql';
import { LfnScalar } from './scalars.js';

@InputType({ description: 'Replicas on one RSE to declare bad.' })
export class DeclareBadInput {
  @Field(() => [LfnScalar], { description: 'Whose replicas; one named twice counts once.' }) lfns!: string[];
  @Field(() => String, { description: 'Name of the RSE that they lie on.' }) rse!: string;
  @Field(() => String, { description: 'What is wrong with them; at most 255 characters.' }) reason!: string;
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Also where no good copy would remain.' }) force?: boolean | null;
}

@ObjectType({ simpleResolvers: true, description: 'A replica that was not declared bad.' })
export class Refusal {
  @Field(() => LfnScalar, { description: 'The file.' }) lfn!: string;
  @Field(() => String, { description: 'Why not.' }) reason!: string;
}

@ObjectType({ simpleResolvers: true, description: 'What came of declareBad.' })
export class DeclareBadPayload {
  @Field(() => [LfnScalar], { description: 'Files whose replicas were declared bad.' }) declared!: string[];
  @Field(() => [Refusal], { description: 'Files whose replicas were not.' }) refused!: Refusal[];
}
