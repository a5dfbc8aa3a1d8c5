import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { openPolicy } from '../../src/auth/open-policy.js';
import { ask, dataOf } from '../support/ask.js';
import { configOn } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
let app: App;
let url: string;
beforeAll(async () => {
  // All may read, and nothing else.
  app = await createApp(configOn(stack, stack.env['DATABASE_URL']!), { policy: { viewerOf: async (identity, signal) => ({ ...await openPolicy().viewerOf(identity, signal), may: new Set() }) } });
  url = await app.start();
});
afterAll(() => app.stop());

describe('case 10: who may not see the schema', () => {
  it.each(['{ __schema { queryType { name } } }', '{ __type(name: "File") { name } }', 'query { ...F } fragment F on Query { s: __schema { types { name } } mirror { state } }'])('is told so: %s', async (query) => {
    const { status, errors, data } = await ask(url, query);
    expect([status, data, errors?.[0]?.extensions.code]).toEqual([403, undefined, 'FORBIDDEN']);
  });

  it.each(['{ file { nodes } }', '{ filez { nodes { name } } }', '{ files { node { nam } } }', '{ files(wher: {}) { totalCount } }', '{ files(where: { obsIdd: { eq: 1 } }) { totalCount } }', '{ files(orderBy: [{ field: NAMES }]) { totalCount } }'])('gets no suggestions: %s', async (query) => {
    const { errors, text } = await ask(url, query);
    expect(errors?.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/did you mean/i);
    if (!query.includes('{ file {')) expect((await ask(stack.urls.dipper, query)).text).toMatch(/did you mean/i);
  });

  it('gets none for variables', async () => {
    const query = 'query ($w: FileFilter) { files(where: $w) { totalCount } }';
    expect((await ask(url, query, { w: { obsIdd: { eq: 1 } } })).text).not.toMatch(/did you mean/i);
    expect((await ask(stack.urls.dipper, query, { w: { obsIdd: { eq: 1 } } })).text).toMatch(/did you mean/i);
  });

  it('reads all else', async () => {
    expect(await dataOf(url, '{ __typename files(first: 1) { nodes { __typename } } }')).toEqual({ __typename: 'Query', files: { nodes: [{ __typename: 'File' }] } });
  });
});

it('who may, sees all of it', async () => {
  expect((await ask(stack.urls.dipper, '{ __schema { types { name } } }')).errors).toBeUndefined();
});
