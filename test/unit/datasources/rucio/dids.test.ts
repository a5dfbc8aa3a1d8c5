import { afterEach, describe, expect, it } from 'vitest';
import { ndjson, stub, type Handler, type Stub } from './stub.js';

interface Body { dids: { scope: string; name: string }[]; plugin: 'DID_COLUMN' | 'JSON'; inherit: boolean }

const date = 'Mon, 23 Nov 2026 07:45:28 UTC';
const columns = (name: string) => ({
  scope: 'acada', name, did_type: 'FILE', account: 'root', bytes: 5, adler32: '00c0ffee', md5: null, is_open: null, created_at: date, updated_at: date, datatype: null,
});

/** Knows the names that hold "known"; has the custom key `bytes` on each. */
const bulkmeta = (edit: (row: object, body: Body) => object | undefined = (row) => row): Handler => (_, response, text) => {
  const body = JSON.parse(text) as Body;
  const rows = body.dids.filter(({ name }) => name.includes('known')).map(({ scope, name }) => edit(body.plugin === 'JSON' ? { scope, name, bytes: 'many', obs_id: 1 } : columns(name), body));
  response.writeHead(200, ndjson).end(rows.filter((row) => row !== undefined).map((row) => `${JSON.stringify(row)}\n`).join(''));
};

let server: Stub;
afterEach(() => server.close());

describe('didMetadata', () => {
  it('parts columns from custom keys of the same name, and leaves out what is unknown', async () => {
    server = await stub(bulkmeta());
    const found = await server.rucio.didMetadata([{ scope: 'acada', name: '/x/known' }, { scope: 'acada', name: '/x/other' }]);
    expect([...found]).toEqual([['acada:/x/known', {
      scope: 'acada', name: '/x/known', didType: 'FILE', account: 'root', bytes: '5', adler32: '00c0ffee', md5: null, isOpen: null,
      createdAt: '2026-11-23T07:45:28Z', updatedAt: '2026-11-23T07:45:28Z', metadata: { bytes: 'many', obs_id: 1 },
    }]]);
  });

  it('case 64: takes fields that it does not know, and times before 1970', async () => {
    server = await stub(bulkmeta((row, { plugin }) => (plugin === 'JSON' ? row : { ...row, colour: { red: [1] }, created_at: 'Wed, 31 Dec 1969 23:59:59 UTC', updated_at: 'Mon, 01 Jan 1900 00:00:00 UTC' })));
    const found = await server.rucio.didMetadata([{ scope: 'acada', name: '/x/known' }]);
    expect([...found.values()]).toEqual([expect.objectContaining({ bytes: '5', createdAt: '1969-12-31T23:59:59Z', updatedAt: '1900-01-01T00:00:00Z', metadata: { bytes: 'many', obs_id: 1 } })]);
  });

  it('takes two requests for each 500, names once and sorted', async () => {
    const bodies: Body[] = [];
    server = await stub((request, response, text) => {
      bodies.push(JSON.parse(text) as Body);
      bulkmeta()(request, response, text);
    });
    const dids = Array.from({ length: 1200 }, (_, at) => ({ scope: 'acada', name: `/x/known${1200 - at}`, more: 'of it' }));
    expect((await server.rucio.didMetadata([...dids, ...dids])).size).toBe(1200);
    expect(bodies.map((body) => body.dids.length).sort()).toEqual([200, 200, 500, 500, 500, 500]);
    const names = bodies.filter(({ plugin }) => plugin === 'JSON').flatMap((body) => body.dids.map(({ name }) => name));
    expect(names).toEqual([...names].sort());
    expect(Object.keys(bodies[0]!.dids[0]!)).toEqual(['scope', 'name']);
    expect(bodies.every(({ inherit }) => !inherit)).toBe(true);
  });

  it('case 69: goes on where it was when its token ends between two requests, by one new login', async () => {
    const asked: string[] = [];
    server = await stub((request, response, text) => {
      const { dids, plugin } = JSON.parse(text) as Body;
      if (asked.length >= 3 && request.headers['x-rucio-auth-token'] === 'token-1') {
        response.writeHead(401, { ExceptionClass: 'CannotAuthenticate', ExceptionMessage: 'expired' }).end('{"ExceptionClass": "CannotAuthenticate", "ExceptionMessage": "expired"}');
        return;
      }
      asked.push(`${plugin} ${dids[0]!.name}`);
      bulkmeta()(request, response, text);
    });
    const dids = Array.from({ length: 2400 }, (_, at) => ({ scope: 'acada', name: `/x/known${at}` }));
    const found = await server.rucio.didMetadata(dids);
    expect([found.size, asked.length, new Set(asked).size]).toEqual([2400, 10, 10]); // none is asked for twice
    expect(server.seen.filter((call) => call.includes('/auth/'))).toHaveLength(2);
  });

  it.each(['JSON', 'DID_COLUMN'])('tells when the stream of %s is short, though it looks whole', async (plugin) => {
    server = await stub(bulkmeta((row, body) => (body.plugin === plugin && 'name' in row && row.name === '/x/known2' ? undefined : row)));
    const dids = [1, 2, 3].map((at) => ({ scope: 'acada', name: `/x/known${at}` }));
    await expect(server.rucio.didMetadata(dids)).rejects.toMatchObject({ code: 'UPSTREAM_TRUNCATED' });
  });

  it('asks nothing about nothing', async () => {
    server = await stub(bulkmeta());
    expect((await server.rucio.didMetadata([])).size).toBe(0);
    expect(server.seen).toEqual([]);
  });

  it('takes sums that come as floats', async () => {
    server = await stub((_, response) => response.end('{"scope": "acada", "name": "/x", "type": "DATASET", "account": "root", "open": true, "length": 200, "bytes": 200000099900.0}'));
    expect(await server.rucio.did({ scope: 'acada', name: '/x' })).toEqual({
      scope: 'acada', name: '/x', didType: 'DATASET', account: 'root', bytes: '200000099900', length: '200', adler32: null, md5: null, isOpen: true,
    });
    expect(server.seen.at(-1)).toBe('GET /dids/acada//x?dynamic_depth=FILE');
  });
});
