import { Field, Int, ObjectType } from 'type-graphql';
import { RseType } from './enums.js';
import { Node } from './node.js';
import { BigIntScalar, DateTimeScalar, JsonScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: 'One way to reach the files of an RSE.' })
export class RseProtocol {
  @Field(() => String, { description: 'Scheme of its addresses, such as davs or root.' }) scheme!: string;
  @Field(() => String, { description: 'Host that answers.' }) hostname!: string;
  @Field(() => Int, { description: 'Port on that host; 0 where it has none.' }) port!: number;
  @Field(() => String, { description: 'Path before the name of a file.' }) prefix!: string;
  @Field(() => String, { description: "Rucio's class that speaks it." }) impl!: string;
  @Field(() => JsonScalar, { description: 'Priority of each operation in each domain (lan, wan): null is not offered, the smallest is first.' }) domains!: unknown;
}

@ObjectType({ simpleResolvers: true, description: 'How full an RSE is, as one source reports it.' })
export class RseUsage {
  @Field(() => String, { description: "Who reports: rucio for Rucio's own count." }) source!: string;
  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes in use.' }) used?: string;
  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes in all.' }) total?: string;
  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes free.' }) free?: string;
  @Field(() => BigIntScalar, { nullable: true, description: 'Number of files.' }) files?: string;
  @Field(() => DateTimeScalar, { description: 'When it was reported.' }) updatedAt!: string;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Rucio storage element: one storage system at one data centre.' })
export class Rse extends Node {
  @Field(() => String, { description: 'Its name in Rucio.' }) name!: string;
  @Field(() => RseType, { description: 'Disk or tape.' }) type!: RseType;
  @Field(() => String, { description: "The data centre it stands in: an RSE attribute named in the config (`site`), or the RSE's own name." }) dataCentre!: string;
  @Field(() => String, { nullable: true, description: 'Where it stands.' }) location?: string;
  @Field(() => Boolean, { description: 'Whether it stands away from the telescopes, so that copies on it count for preservation.' }) isOffsite!: boolean;
  @Field(() => String, { nullable: true, description: 'Quality of service, such as DISK or TAPE.' }) qos?: string;
  @Field(() => Boolean, { description: 'Whether files can be read now.' }) availabilityRead!: boolean;
  @Field(() => Boolean, { description: 'Whether files can be written now.' }) availabilityWrite!: boolean;
  @Field(() => Boolean, { description: 'Whether files can be deleted now.' }) availabilityDelete!: boolean;
  @Field(() => JsonScalar, { description: 'Those that the config shows to this viewer.' }) attributes!: unknown;
  @Field(() => [RseProtocol], { description: 'How its files can be reached.' }) protocols!: RseProtocol[];
  @Field(() => [RseUsage], { nullable: true, description: 'Null for viewers who may not see it.' }) usage?: RseUsage[];
}
