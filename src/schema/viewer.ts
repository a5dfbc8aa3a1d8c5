import { Field, ObjectType } from 'type-graphql';

@ObjectType({ simpleResolvers: true, description: 'Who is asking.' })
export class Viewer {
  @Field(() => String, { description: 'Name by which the viewer was recognised.' }) subject!: string;
  @Field(() => String, { nullable: true, description: 'Who vouches for it; null where nobody signed in.' }) issuer?: string;
  @Field(() => [String], { description: 'Groups that the viewer belongs to.' }) groups!: string[];
  @Field(() => [String], { description: 'Capabilities that the token grants.' }) scopes!: string[];
}
