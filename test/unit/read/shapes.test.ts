import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.js';
import { makeShapes } from '../../../src/read/shapes.js';
import { makeSchema } from '../../../src/resolvers/schema.js';

const { fields, rse } = readConfig('schema', {});

describe('shapes', async () => {
  const schema = await makeSchema(fields);
  const shapes = makeShapes({ fields, rse, pageSize: 1000 });

  it.each(Object.keys(shapes))('%s: every field of the schema has SQL, and nothing else has', (name) => {
    const type = schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is not in the schema`);
    expect(Object.keys(shapes[name]!.fields).sort()).toEqual(Object.keys(type.getFields()).sort());
  });
});
