import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { pfns, type Pfn, type Protocol } from '../../src/domain/pfn.js';
import { dataOf } from '../support/ask.js';
import { profile, registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

// The mirror makes PFNs in SQL, live reads make them in TypeScript: both must give the same for whatever Rucio can be set up with.
const stack = testStack();
const impls: [scheme: string, impl: string, port: number, hostname: string][] = [
  ['file', 'posix.Default', 0, 'localhost'], ['https', 'webdav.Default', 443, 'h.example.org'], ['root', 'xrootd.Default', 1094, 'h.example.org'],
  ['storm', 'storm.Default', 8444, 'h.example.org'], ['davs', 'gfal.Default', 0, 'srm://h.example.org'], ['root', 'gfal.NoRename', 1095, 'h.example.org'],
  ['srm', 'gfal.Default', 8443, 'h.example.org'], ['magnet', 'bittorrent.Default', 10000, 'h.example.org'], ['scp', 'ssh.Default', 22, 'h.example.org'], ['mock', 'mock.Default', 0, 'h.example.org'],
];
const prefixes = ['', '/', 'data', '/data//zoo/'];
const algorithms = ['ctao_bdms', 'identity', 'hash', 'own_of_somebody', undefined];
const files = [{ scope: 'acada', name: '/ctao/acada/a.fits' }, { scope: 'user.j.doe', name: '/ctao/user/j/j.doe/b' }];
const paths = [null, '', '/2026/x/odd.fits', 'bare/odd.fits'];

const protocols = (prefix: string): Protocol[] => impls.map(([scheme, impl, port, hostname], at) => ({
  scheme, hostname, port, prefix, impl: `rucio.rse.protocols.${impl}`, extendedAttributes: scheme === 'srm' ? { web_service_path: '/srm/v2?SFN=', space_token: 'X' } : null,
  domains: { lan: { read: at % 3 === 0 ? null : at % 3 }, wan: { read: at % 2 } },
}));
const rses = prefixes.flatMap((prefix, i) => algorithms.flatMap((algorithm, k) => [true, false].map((deterministic) => ({ name: `R${i}-${k}-${deterministic ? 'D' : 'N'}`, prefix, algorithm, deterministic }))));

let scratch: ScratchDatabase;
let app: App;
let url: string;

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  const client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
  for (const rse of rses) {
    const { rows } = await client.query<{ id: number }>(`insert into mirror.rse (rse_id, name, type, deterministic, availability_read, availability_write, availability_delete, facts, deleted)
      values (gen_random_uuid(), $1, 'DISK', $2, true, true, true, '{}', false) returning id`, [rse.name, rse.deterministic]);
    const id = rows[0]!.id;
    if (rse.algorithm) await client.query(`insert into mirror.rse_attribute values ($1, 'lfn2pfn_algorithm', $2)`, [id, rse.algorithm]);
    for (const one of protocols(rse.prefix)) {
      await client.query('insert into mirror.rse_protocol (rse_id, scheme, hostname, port, prefix, impl, extended_attributes, read_lan, read_wan) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        [id, one.scheme, one.hostname, one.port, one.prefix, one.impl, one.extendedAttributes && JSON.stringify(one.extendedAttributes), one.domains.lan['read'], one.domains.wan['read']]);
    }
  }
  for (const { scope, name } of files) {
    for (const path of paths) {
      await client.query(`with f as (insert into mirror.file (scope, name, account, bytes, created_at, updated_at) values ($1, $2, 'root', 1, now(), now()) returning id)
        insert into mirror.replica select f.id, r.id, 'AVAILABLE', 1, null, $3, now(), now() from f, mirror.rse r`, [scope, `${name}.${paths.indexOf(path)}`, path]);
    }
  }
  await client.end();
  app = await createApp({ ...readConfig('serve', { ...stack.env, DATABASE_URL: scratch.url, DIPPER_PORT: '0' }), logLevel: 'silent' });
  url = await app.start();
}, 120_000);
afterAll(async () => {
  await app.stop();
  await scratch.drop();
});

it('are the same in SQL and in TypeScript', async () => {
  const data = await dataOf<{ files: { nodes: { scope: string; name: string; replicas: { rse: { name: string }; pfns: Pfn[] }[] }[] } }>(url,
    '{ files { nodes { scope name replicas { rse { name } pfns { url scheme domain priority } } } } }');
  let compared = 0;
  for (const file of data.files.nodes) {
    const path = paths[Number(file.name.at(-1))]!;
    for (const { rse: { name }, pfns: answered } of file.replicas) {
      const rse = rses.find((one) => one.name === name)!;
      const expected = pfns({ protocols: protocols(rse.prefix), deterministic: rse.deterministic, pathRule: profile.rse.pathRules[rse.algorithm ?? 'ctao_bdms'] }, file.scope, file.name, path);
      expect(answered, `${name} ${file.name}`).toEqual(expected);
      compared += expected.length;
    }
  }
  expect(compared).toBeGreaterThan(1000);
});
