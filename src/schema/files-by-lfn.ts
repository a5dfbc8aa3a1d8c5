import { Field, ObjectType } from 'type-graphql';
import { Completeness } from './completeness.js';
import { File } from './file.js';
import { LfnScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'Files asked for by name.' })
export class FilesByLfn {
  @Field(() => [File], { description: 'In the order asked for, missing ones left out.' }) found!: File[];
  @Field(() => [LfnScalar], { description: 'Names that the catalogue does not know.' }) missing!: string[];
  @Field(() => Completeness, { description: 'Whether the answer is all there is to say.' }) completeness!: Completeness;
}
