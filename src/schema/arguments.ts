import { ArgsType, Field, ID, Int } from 'type-graphql';
import { Consistency, ReplicaState } from './enums.js';
import { DidFilter, FileFilter, FileOrder, RuleFilter } from './filters.js';
import { LfnScalar } from './scalars.js';

// Arguments of fields. Resolvers read them where the statement is built, so these classes only describe them.

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'How many, from 1 to `limits.pageSize`; 100 if left out.' }) first?: number;
  @Field(() => String, { nullable: true, description: 'Cursor after which to go on.' }) after?: string;
}

@ArgsType()
export class FilePageArgs extends PageArgs {
  @Field(() => FileFilter, { nullable: true, description: 'Which files; all if left out.' }) where?: FileFilter;
  @Field(() => [FileOrder], { nullable: true, description: 'Order; by (scope, name) if left out.' }) orderBy?: FileOrder[];
}

@ArgsType()
export class FilesArgs extends FilePageArgs {
  @Field(() => Int, { nullable: true, description: 'How many from the end, from 1 to `limits.pageSize`; not with `first`.' }) last?: number;
  @Field(() => String, { nullable: true, description: 'Cursor before which to end.' }) before?: string;
}

@ArgsType()
export class DidPageArgs extends PageArgs {
  @Field(() => DidFilter, { nullable: true, description: 'Which ones; all if left out.' }) where?: DidFilter;
}

@ArgsType()
export class RulePageArgs extends PageArgs {
  @Field(() => RuleFilter, { nullable: true, description: 'Which rules; all if left out.' }) where?: RuleFilter;
}

@ArgsType()
export class LfnArgs {
  @Field(() => LfnScalar, { description: 'Logical file name.' }) lfn!: string;
  @Field(() => Consistency, { defaultValue: Consistency.MIRROR, description: 'Whom to ask.' }) consistency!: Consistency;
}

@ArgsType()
export class LfnsArgs {
  @Field(() => [LfnScalar], { description: 'Logical file names, at most `limits.lfnsPerQuery`.' }) lfns!: string[];
  @Field(() => Consistency, { defaultValue: Consistency.MIRROR, description: 'Whom to ask.' }) consistency!: Consistency;
}

@ArgsType()
export class DidArgs {
  @Field(() => String, { description: "Rucio's scope." }) scope!: string;
  @Field(() => String, { description: "Rucio's name." }) name!: string;
}

@ArgsType()
export class IdArgs {
  @Field(() => ID, { description: 'Id of the object.' }) id!: string;
}

@ArgsType()
export class ReplicasArgs {
  @Field(() => String, { nullable: true, description: 'Only on RSEs that fit this Rucio RSE expression.' }) rse?: string;
  @Field(() => [ReplicaState], { nullable: true, description: 'Only in one of these states.' }) state?: ReplicaState[];
}

@ArgsType()
export class MetadataArgs {
  @Field(() => [String], { nullable: true, description: 'Only these keys.' }) keys?: string[];
}
