import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { BigIntScalar, JsonScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'A value of a field, and how many matching files have it.' })
export class FacetValue {
  @Field(() => JsonScalar, { description: 'The value; a member where the field is a list.' }) value!: unknown;
  @Field(() => BigIntScalar, { description: 'Number of files that have it.' }) count!: string;
}

@ObjectType({ simpleResolvers: true, description: 'Values of a field in the files that match.' })
export class Facet {
  @Field(() => String, { description: 'Name of the field.' }) field!: string;
  @Field(() => [FacetValue], { description: 'The most frequent values first.' }) values!: FacetValue[];
  @Field(() => BigIntScalar, { description: 'Sum of the counts of the values beyond the limit.' }) otherCount!: string;
  @Field(() => BigIntScalar, { description: 'Number of files without a value.' }) missingCount!: string;
}

@ArgsType()
export class FacetArgs {
  @Field(() => String, { description: 'Name of a MetadataField, such as dataType.' }) field!: string;
  @Field(() => Int, { nullable: true, defaultValue: 20, description: 'How many values, from 1 to `limits.pageSize`.' }) limit?: number;
}
