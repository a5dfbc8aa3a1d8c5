import { Field, ObjectType } from 'type-graphql';
import { TruncatedBy } from './enums.js';
import { DateTimeScalar } from './scalars.js';

@ObjectType({ simpleResolvers: true, description: "Whether the answer is all there is to say. Not complete: the page's rest is not meant (see pageInfo), but a snapshot or crawl that is unfinished, source rows set aside, a time-out, an upstream that broke off." })
export class Completeness {
  @Field(() => Boolean, { description: 'True: nothing is missing.' }) complete!: boolean;
  @Field(() => TruncatedBy, { nullable: true, description: 'What is in the way where the answer is not complete.' }) truncatedBy?: TruncatedBy;
  @Field(() => String, { nullable: true, description: "The same as a position in the source's stream, to be sent back as header `dipper-at-least`; null with the REST source, before the first snapshot, and for LIVE answers." }) position?: string;
  @Field(() => DateTimeScalar, { nullable: true, description: 'Latest moment up to which all changes of the source are in the answer; never runs back; goes on while the source is idle; null before the first snapshot.' }) asOf?: string;
}
