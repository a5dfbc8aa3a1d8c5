import { Field, ObjectType } from 'type-graphql';
import { Did } from './did.js';
import { Node } from './node.js';
import { BigIntScalar, LfnScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'A checksum of the whole file.' })
export class Checksum {
  @Field(() => String, { description: 'Algorithm: adler32 or md5.' }) type!: string;
  @Field(() => String, { description: 'Value in hex digits.' }) checksum!: string;
}

// What the field registry knows (obsId and the like) is added by metadata.ts.
@ObjectType({ implements: [Node, Did], simpleResolvers: true, description: 'A file of the archive.' })
export class File extends Did {
  @Field(() => LfnScalar, { description: 'Logical file name.' }) lfn!: string;
  @Field(() => BigIntScalar, { description: 'Size in bytes.' }) bytes!: string;
  @Field(() => String, { nullable: true, description: 'Adler-32 checksum, 8 hex digits.' }) adler32?: string;
  @Field(() => String, { nullable: true, description: 'MD5 checksum, 32 hex digits.' }) md5?: string;
  @Field(() => [Checksum], { description: 'All checksums that Rucio knows.' }) checksums!: Checksum[];
}
