/** An object whose properties are named by fields of the schema; objects from the mirror have the response's keys instead. */
export class Entity {
  readonly __typename: string;

  constructor(typename: string, fields: Readonly<Record<string, unknown>>) {
    this.__typename = typename;
    Object.assign(this, fields);
  }
}
