import { Field, Int, ObjectType } from 'type-graphql';
import { ReplicaState } from './enums.js';
import { BigIntScalar, DateTimeScalar, UrlScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'Physical file name: the address of one copy by one protocol.' })
export class Pfn {
  @Field(() => UrlScalar, { description: 'The address.' }) url!: string;
  @Field(() => String, { description: 'Scheme of the address, such as davs or root.' }) scheme!: string;
  @Field(() => String, { description: 'lan within the data centre, wan from anywhere.' }) domain!: string;
  @Field(() => Int, { description: "The RSE's own priority for reading; 1 is first." }) priority!: number;
}

@ObjectType({ simpleResolvers: true, description: 'One copy of a file.' })
export class Replica {
  @Field(() => ReplicaState, { description: 'State of the copy.' }) state!: ReplicaState;
  @Field(() => BigIntScalar, { description: 'Size in bytes.' }) bytes!: string;
  @Field(() => String, { nullable: true, description: 'Adler-32 checksum, 8 hex digits.' }) adler32?: string;
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the copy was registered.' }) createdAt?: string;
  @Field(() => DateTimeScalar, { nullable: true, description: 'When its entry last changed.' }) updatedAt?: string;
}
