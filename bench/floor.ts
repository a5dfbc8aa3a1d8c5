import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import pg from 'pg';
import { repository } from '../dev/repository.js';
import { createCursorSeal, SIGNATURE } from '../src/domain/cursor.js';
import { SECRET, viewersKey } from './viewer.js';

// The floor: node:http, pg, and one statement written by hand. It knows one question. Started by the bench, in one of two ways: `json` passes
// on the text that Postgres writes; `text` puts the text together here.
const way = process.env['FLOOR'] === 'text' ? 'text' : 'json';
const PAGE_SIZE = 100;
const text = readFileSync(path.join(repository, 'bench', `floor-${way}.sql`), 'utf8');
const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'], max: 10, options: '-c timezone=UTC -c jit=off',
  types: { getTypeParser: () => (value: string) => value }, // text is what is wanted
});

type Value = string | null;
/** The order of a page without orderBy, as dipper's cursors are tied to it. */
const order = ['scope', 'name'].map((column) => ({ column, type: 'text', direction: 'asc', nullable: false }));

const seal = createCursorSeal(SECRET, await viewersKey());
const padded = (key: Buffer, byte: number) => `\\x${Buffer.from(Buffer.concat([key, Buffer.alloc(32)]).map((one) => one ^ byte)).toString('hex')}`;
const signed = (content: string, key: Buffer) => Buffer.concat([Buffer.from(content), createHmac('sha256', key).update(content).digest().subarray(0, SIGNATURE)]).toString('base64url');

const quoted = (value: Value) => (value === null ? 'null' : JSON.stringify(value));
const time = (value: Value) => (value === null ? 'null' : `"${value.slice(0, 10)}T${value.slice(11)}:00"`);
const list = (value: Value) => (value === null ? 'null' : `[${value.slice(1, -1)}]`);
const node = ([scope, name, bytes, adler32, createdAt, obsId, sbId, telIds, subarrayId, startTime, endTime, dataLevel, dataType, chunkId, siteId, replicas]: Value[]) =>
  `{"scope":"${scope}","name":"${name}","bytes":${bytes},"adler32":${quoted(adler32!)},"createdAt":${time(createdAt!)},"obsId":${obsId},"sbId":${sbId},"telIds":${list(telIds!)},"subarrayId":${subarrayId},"startTime":${time(startTime!)},"endTime":${time(endTime!)},"dataLevel":${quoted(dataLevel!)},"dataType":${quoted(dataType!)},"chunkId":${chunkId},"siteId":${quoted(siteId!)},"replicas":[${replicas ?? ''}]}`;

async function answer(url: string): Promise<string> {
  const asked = new URL(url, 'http://floor').searchParams;
  const [obsId, dataType] = [asked.get('obsId')!, asked.get('dataType')!];
  const key = seal(['File', { files: true, where: { obsId: { eq: obsId }, dataType: { eq: dataType } } }, order]);
  const { rows } = await pool.query<Value[]>({ name: 'page', text, values: [obsId, dataType, ...(way === 'json' ? [padded(key, 0x36), padded(key, 0x5c)] : [])], rowMode: 'array' });
  if (way === 'json') return rows[0]![0]!;
  const page = rows.slice(0, PAGE_SIZE);
  const last = page.at(-1);
  const endCursor = last ? `"${signed(`[null, "${last[0]}", "${last[1]}"]`, key)}"` : 'null';
  return `{"data":{"files":{"nodes":[${page.map(node).join(',')}],"pageInfo":{"hasNextPage":${rows.length > PAGE_SIZE},"endCursor":${endCursor}}}}}`;
}

const server = createServer((request, response) => {
  answer(request.url!).then(
    (body) => { response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body); },
    (error: unknown) => { response.writeHead(500).end(String(error)); });
});
server.listen(0, '127.0.0.1', () => { process.send?.({ ready: `http://127.0.0.1:${(server.address() as { port: number }).port}/` }); });
await once(process, 'disconnect');
server.close();
server.closeAllConnections();
await pool.end();
