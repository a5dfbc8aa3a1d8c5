import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { createRucio } from '../../src/datasources/rucio/rucio.js';
import { dataOf } from '../support/ask.js';
import { RucioRest } from '../support/rucio-rest.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const scope = `live${process.pid.toString(36)}`;
const names = Array.from({ length: 500 }, (_, index) => `/ctao/${scope}/many/file${String(index).padStart(4, '0')}.dat`);
const files = names.map((name, index) => ({ scope, name, bytes: 1000 + index, adler32: '0cc737eb' }));

let app: App;
let url: string;
const calls: string[] = [];

beforeAll(async () => {
  const rucio = new RucioRest(stack);
  await rucio.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${scope}`);
  for (const rse of ['PIC', 'DESY']) await rucio.call('POST', '/replicas/', { rse, files });
  const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0' });
  app = await createApp({ ...config, logLevel: 'silent' }, {
    rucio: createRucio({ ...config.rucio, timeoutMs: 30_000, onCall: ({ method, path }) => { if (!path.startsWith('/auth')) calls.push(`${method} ${path}`); } }),
  });
  url = await app.start();
}, 240_000);
afterAll(() => app.stop());

describe('LIVE', () => {
  it('answers 500 files with replicas in at most 4 requests to Rucio', async () => {
    calls.length = 0;
    const { filesByLfn } = await dataOf<{ filesByLfn: { found: { lfn: string; bytes: number; metadata: object; replicas: { rse: { name: string; dataCentre: string }; state: string; pfns: { url: string }[] }[] }[]; missing: string[]; completeness: { complete: boolean } } }>(url,
      'query ($lfns: [LFN!]!) { filesByLfn(lfns: $lfns, consistency: LIVE) { found { lfn bytes metadata replicas { rse { name dataCentre } state pfns { url } } } missing completeness { complete } } }',
      { lfns: names });
    expect(filesByLfn.missing).toEqual([]);
    expect(filesByLfn.completeness.complete).toBe(true);
    expect(filesByLfn.found.map(({ lfn }) => lfn)).toEqual(names);
    expect(filesByLfn.found.map(({ bytes }) => bytes)).toEqual(files.map(({ bytes }) => bytes));
    for (const { replicas } of filesByLfn.found) {
      expect(replicas.map(({ rse, state }) => [rse.name, rse.dataCentre, state])).toEqual([['DESY', 'DESY', 'AVAILABLE'], ['PIC', 'PIC', 'AVAILABLE']]);
    }
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(4);
    console.log(`500 files with replicas: ${calls.length} requests to Rucio`);
  });

  it('mixes with the mirror in one operation', async () => {
    const data = await dataOf<Record<string, unknown>>(url, `query ($lfn: LFN!) {
      live: file(lfn: $lfn, consistency: LIVE) { id __typename n: name replicas(rse: "site=PIC") { rse { r: name } } }
      mirror: rse(name: "PIC") { n: name }
      limits { pageSize }
    }`, { lfn: names[0] });
    expect(data).toEqual({
      live: { id: `File:${scope}:${names[0]!}`, __typename: 'File', n: names[0], replicas: [{ rse: { r: 'PIC' } }] },
      mirror: { n: 'PIC' }, limits: { pageSize: 1000 },
    });
  });
});
