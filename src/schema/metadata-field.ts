import { Field, ObjectType } from 'type-graphql';

@ObjectType('MetadataField', { simpleResolvers: true, description: 'A metadata field that can be asked for by name.' })
export class MetadataFieldType {
  @Field(() => String, { description: 'Its name in this schema, such as obsId.' }) name!: string;
  @Field(() => String, { description: 'Its key in Rucio, such as instance__obs_id.' }) key!: string;
  @Field(() => [String], { description: 'Other keys that mean the same, such as obs_id.' }) aliases!: string[];
  @Field(() => String, { description: 'Type of its values.' }) type!: string;
  @Field(() => String, { description: 'What it means.' }) description!: string;
  @Field(() => String, { nullable: true, description: 'Unit of its values.' }) unit?: string;
  @Field(() => String, { nullable: true, description: 'IVOA Unified Content Descriptor.' }) ucd?: string;
  @Field(() => String, { nullable: true, description: 'Its name in IVOA ObsCore, if it has one.' }) ivoa?: string;
  @Field(() => Boolean, { description: 'Whether a filter on it is fast by itself.' }) indexed!: boolean;
  @Field(() => Boolean, { description: 'Whether files can be ordered by it.' }) sortable!: boolean;
  @Field(() => [String], { description: 'Operators that its filter has.' }) operators!: string[];
}
