import { Field, Float, InputType, Int } from 'type-graphql';
import { OrderDirection, ReplicaState, RuleState } from './enums.js';
import { BigIntScalar, DateTimeScalar, JsonScalar, LfnScalar } from './scalars.js';

// Decorators are functions: the operators of one type are listed once and applied to its input class.
type Operators = Readonly<Record<string, [type: () => unknown, description: string]>>;
const text = () => String;
const comparison = (type: () => unknown): Operators => ({
  eq: [type, 'Equal.'], ne: [type, 'Present and not equal.'],
});
const membership = (type: () => unknown): Operators => ({
  in: [() => [type()], 'Equal to one of these.'], notIn: [() => [type()], 'Present and equal to none of these.'],
});
const range = (type: () => unknown): Operators => ({
  lt: [type, 'Less than, or before.'], lte: [type, 'Less than or equal, or not after.'],
  gt: [type, 'Greater than, or after.'], gte: [type, 'Greater than or equal, or not before.'],
});
const presence: Operators = { isNull: [() => Boolean, 'True: the value is missing. False: it is present.'] };

function filterInput(name: string, description: string, operators: Operators): new () => object {
  const type = { [name]: class {} }[name]!;
  InputType(name, { description })(type);
  for (const [operator, [of, meaning]] of Object.entries(operators)) {
    Field(of as () => typeof String, { nullable: true, description: meaning })(type.prototype, operator);
  }
  return type;
}

export const StringFilter = filterInput('StringFilter', 'Conditions on text, compared letter by letter; case counts. All must hold.', {
  ...comparison(text), ...membership(text),
  startsWith: [text, 'Begins with.'], contains: [text, 'Has within.'],
  like: [text, 'Pattern: % is any text, _ one letter, backslash escapes; at most three %.'], ...presence,
});
export const BigIntFilter = filterInput('BigIntFilter', 'Conditions on a whole number. All must hold.', {
  ...comparison(() => BigIntScalar), ...membership(() => BigIntScalar), ...range(() => BigIntScalar), ...presence,
});
export const IntFilter = filterInput('IntFilter', 'Conditions on a whole number of 32 bits. All must hold.', {
  ...comparison(() => Int), ...membership(() => Int), ...range(() => Int), ...presence,
});
export const FloatFilter = filterInput('FloatFilter', 'Conditions on a number, compared with all its digits. All must hold.', {
  ...comparison(() => Float), ...membership(() => Float), ...range(() => Float), ...presence,
});
export const BooleanFilter = filterInput('BooleanFilter', 'Conditions on what is true or false. All must hold.', {
  ...comparison(() => Boolean), ...presence,
});
export const DateTimeFilter = filterInput('DateTimeFilter', 'Conditions on a time. All must hold.', {
  ...comparison(() => DateTimeScalar), ...range(() => DateTimeScalar), ...presence,
});
export const IntListFilter = filterInput('IntListFilter', 'Conditions on a list of numbers taken as a set. All must hold.', {
  eq: [() => [Int], 'Has these members and no others.'], containsAll: [() => [Int], 'Has all of these.'],
  containsAny: [() => [Int], 'Has at least one of these.'], containedIn: [() => [Int], 'Has no member but these.'], ...presence,
});

@InputType({ description: 'A stretch of time.' })
export class IntervalInput {
  @Field(() => DateTimeScalar, { description: 'When it begins.' }) from!: string;
  @Field(() => DateTimeScalar, { description: 'When it ends.' }) to!: string;
}

@InputType({ description: 'Condition on the stretch of time that the data cover.' })
export class IntervalFilter {
  @Field(() => IntervalInput, { description: 'Has a moment in common with this interval.' }) overlaps!: IntervalInput;
}

@InputType({ description: 'rse (an RSE expression), state and dataCentre hold for one and the same replica; min and max count the different data centres, on- and off-site, that have such a replica (AVAILABLE where state is not given).' })
export class ReplicaFilter {
  @Field(() => String, { nullable: true, description: 'A Rucio RSE expression, such as OFFSITE or site=PIC.' }) rse?: string;
  @Field(() => [ReplicaState], { nullable: true, description: 'One of these states.' }) state?: ReplicaState[];
  @Field(() => String, { nullable: true, description: 'Name of the data centre.' }) dataCentre?: string;
  @Field(() => Int, { nullable: true, description: 'At least so many data centres.' }) minDataCentres?: number;
  @Field(() => Int, { nullable: true, description: 'At most so many data centres; none counts too.' }) maxDataCentres?: number;
}

const anyJson = () => JsonScalar;

/** Built like the other filters, with a key that must be there. */
export const MetadataCondition = filterInput('MetadataCondition', 'A value whose type differs from the stored one never matches and never fails the query. `contains`: a list that has the member.', {
  ...comparison(anyJson), ...membership(anyJson), ...range(anyJson), contains: [anyJson, 'A list that has this member.'],
  startsWith: [text, 'A text that begins with.'], like: [text, 'A text that fits the pattern: % is any text, _ one letter, backslash escapes; at most three %.'], ...presence,
});
Field(() => String, { description: 'Key of the attribute in Rucio.' })(MetadataCondition.prototype, 'key');

@InputType({ description: 'Conditions on files; all must hold.' })
export class FileFilter {
  @Field(() => [FileFilter], { nullable: true, description: 'All of these hold.' }) and?: FileFilter[];
  @Field(() => [FileFilter], { nullable: true, description: 'At least one of these holds.' }) or?: FileFilter[];
  @Field(() => FileFilter, { nullable: true, description: 'This does not hold.' }) not?: FileFilter;
  @Field(() => StringFilter, { nullable: true, description: "Rucio's scope." }) scope?: object;
  @Field(() => StringFilter, { nullable: true, description: 'The LFN.' }) name?: object;
  @Field(() => StringFilter, { nullable: true, description: 'Rucio account that owns the file.' }) account?: object;
  @Field(() => BigIntFilter, { nullable: true, description: 'Size in bytes.' }) bytes?: object;
  @Field(() => StringFilter, { nullable: true, description: 'Adler-32 checksum, 8 hex digits in lower case.' }) adler32?: object;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When the file was registered.' }) createdAt?: object;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When the entry last changed.' }) updatedAt?: object;
  @Field(() => LfnScalar, { nullable: true, description: 'Files in this dataset or container, directly or below.' }) within?: string;
  @Field(() => [MetadataCondition], { nullable: true, description: 'Any other attribute, by its key in Rucio; all must hold.' }) metadata?: object[];
  @Field(() => ReplicaFilter, { nullable: true, description: 'Files with a replica that fits.' }) replica?: ReplicaFilter;
}

@InputType({ description: 'Conditions on datasets or containers; all must hold.' })
export class DidFilter {
  @Field(() => [DidFilter], { nullable: true, description: 'All of these hold.' }) and?: DidFilter[];
  @Field(() => [DidFilter], { nullable: true, description: 'At least one of these holds.' }) or?: DidFilter[];
  @Field(() => DidFilter, { nullable: true, description: 'This does not hold.' }) not?: DidFilter;
  @Field(() => StringFilter, { nullable: true, description: "Rucio's scope." }) scope?: object;
  @Field(() => StringFilter, { nullable: true, description: "Rucio's name." }) name?: object;
  @Field(() => StringFilter, { nullable: true, description: 'Rucio account that owns it.' }) account?: object;
  @Field(() => DateTimeFilter, { nullable: true, description: 'When it was registered.' }) createdAt?: object;
  @Field(() => [MetadataCondition], { nullable: true, description: 'Any attribute, by its key in Rucio; all must hold.' }) metadata?: object[];
  @Field(() => LfnScalar, { nullable: true, description: 'Those in this container, directly or below.' }) within?: string;
}

@InputType({ description: 'Conditions on replication rules; all must hold.' })
export class RuleFilter {
  @Field(() => StringFilter, { nullable: true, description: 'Scope of the DID that the rule is on.' }) scope?: object;
  @Field(() => StringFilter, { nullable: true, description: 'Name of the DID that the rule is on.' }) name?: object;
  @Field(() => StringFilter, { nullable: true, description: 'Rucio account that owns the rule.' }) account?: object;
  @Field(() => StringFilter, { nullable: true, description: 'RSE expression, as the rule has it.' }) rseExpression?: object;
  @Field(() => [RuleState], { nullable: true, description: 'One of these states.' }) state?: RuleState[];
  @Field(() => DateTimeFilter, { nullable: true, description: 'When the rule was made.' }) createdAt?: object;
}

@InputType({ description: 'One key of the order; the first counts most, (scope, name) decides the rest.' })
export class FileOrder {
  field!: string; // its enum comes from the field registry, see metadata.ts
  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Ascending or descending.' }) direction!: OrderDirection;
}
