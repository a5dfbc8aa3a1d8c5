import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'The limits that a request is held to.' })
export class Limits {
  @Field(() => Int, { description: 'Most items on a page.' }) pageSize!: number;
  @Field(() => Int, { description: 'Most names in one filesByLfn.' }) lfnsPerQuery!: number;
  @Field(() => Int, { description: 'Most levels of selections within each other.' }) depth!: number;
  @Field(() => Int, { description: 'Most points that an operation may cost; `extensions.cost` says what one does.' }) cost!: number;
  @Field(() => Int, { description: 'Most objects that an answer may have.' }) nodes!: number;
  @Field(() => Int, { description: 'Most aliases in a document.' }) aliases!: number;
  @Field(() => Int, { description: 'Most values of one list in an argument, such as those of `in`.' }) listValues!: number;
  @Field(() => Int, { description: 'Largest request, in bytes.' }) requestBytes!: number;
  @Field(() => Int, { description: 'Longest time that a request may take, in seconds.' }) timeoutSeconds!: number;
}
