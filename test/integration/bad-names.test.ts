import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const scope = 'odd';
/** Names that look the same as another one, or as nothing. */
const names = ['caf\u00e9', 'cafe\u0301', 'cafe', 'a\u202eb', 'ab', 'a\u200bb', '\u0430b', 'AB', 'a\ufeffb', 'a\u00a0b', 'a b'];

let archive: ScratchArchive;
beforeAll(async () => {
  archive = await scratchArchive(testStack());
  await archive.write(...names.flatMap((name) => fileRows({ scope, name })));
});
afterAll(() => archive.close());

it.each(names.map((name) => [JSON.stringify(name), name]))('case 24: %s is itself and no other, byte for byte', async (_title, name) => {
  for (const where of [{ name: { eq: name } }, { name: { in: [name] } }, { name: { startsWith: name, like: name } }]) {
    const { files } = await dataOf<{ files: { nodes: { name: string }[] } }>(archive.url, 'query ($w: FileFilter) { files(where: $w) { nodes { name } } }', { w: where });
    expect(files.nodes).toEqual([{ name }]);
  }
  const { did, node } = await dataOf<{ did: object; node: object }>(archive.url, 'query ($n: String!, $id: ID!) { did(scope: "odd", name: $n) { name } node(id: $id) { id } }', { n: name, id: `File:${scope}:${name}` });
  expect([did, node]).toEqual([{ name }, { id: `File:${scope}:${name}` }]);
});

it.each(['odd:more:/ctao/odd/x', ':/ctao/odd/x', 'odd:', 'other:/ctao/odd/x', `/ctao/odd/${'x'.repeat(250)}`, `/ctao/${'s'.repeat(26)}/x`])('case 29: %.60s is no name', async (lfn) => {
  const { errors } = await ask(archive.url, 'query ($l: LFN!) { file(lfn: $l) { name } }', { l: lfn });
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});
