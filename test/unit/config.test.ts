import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.js';

const fields = new URL('../../config/fields.yaml', import.meta.url).pathname;
const serve = {
  DIPPER_AUTH: 'none', DATABASE_URL: 'postgresql://u@h/d', RUCIO_URL: 'http://127.0.0.1:1', RUCIO_ACCOUNT: 'root', RUCIO_USERNAME: 'u', RUCIO_PASSWORD: 'p', DIPPER_FIELDS: fields,
};

function problems(read: () => unknown): readonly string[] {
  try { read(); } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
  throw new Error('The settings were accepted.');
}

const folders: string[] = [];
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true }); });

function registry(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dipper-'));
  folders.push(folder);
  const path = join(folder, 'fields.yaml');
  writeFileSync(path, yaml);
  return path;
}

describe('readConfig', () => {
  it('has defaults', () => {
    const config = readConfig('serve', serve);
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4000, limits: { pageSize: 1000 } });
    expect(config.fields.map(({ name }) => name)).toContain('obsId');
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('lets DIPPER_AUTH=none listen on %s', (host) => {
    expect(readConfig('serve', { ...serve, DIPPER_HOST: host }).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.0.0.1.example.org'])('refuses DIPPER_AUTH=none on %s', (host) => {
    expect(problems(() => readConfig('serve', { ...serve, DIPPER_HOST: host }))).toEqual([expect.stringMatching(/^DIPPER_AUTH=none lets everybody in/)]);
  });

  it('asks for what signing in at the pages needs, where the access file opens it', () => {
    const tokens = (login: object) => JSON.stringify({ tokens: { audience: ['a'], issuers: [{ issuer: 'https://iam.test/' }], ...login }, policy: {} });
    const login = { login: { issuer: 'https://iam.test/', clientId: 'web' } };
    const guarded = (yaml: string, more: object = {}) => ({ ...serve, DIPPER_AUTH: 'access', DIPPER_HOST: '0.0.0.0', DIPPER_ACCESS: registry(yaml), ...more });
    expect(readConfig('serve', guarded(tokens({}))).signIn).toBe(undefined);
    expect(problems(() => readConfig('serve', guarded(tokens(login))))).toEqual([expect.stringMatching(/^DIPPER_PUBLIC_URL is not set, /), expect.stringMatching(/^DIPPER_SECRET is not set, /)]);
    const settings = { DIPPER_PUBLIC_URL: 'https://dipper.test', DIPPER_SECRET: 's'.repeat(32) };
    expect(readConfig('serve', guarded(tokens(login), settings)).signIn).toEqual({ publicUrl: 'https://dipper.test', secret: 's'.repeat(32), clientSecret: undefined });
    for (const url of ['http://dipper.test', 'https://dipper.test/', 'https://dipper.test/path', 'dipper.test']) expect(problems(() => readConfig('serve', guarded(tokens(login), { ...settings, DIPPER_PUBLIC_URL: url })))).toContainEqual(expect.stringMatching(/^DIPPER_PUBLIC_URL /));
  });

  it('lists all that is wrong at once', () => {
    const found = problems(() => readConfig('serve', { DIPPER_PORT: 'http', DATABASE_URL: 'mysql://x', DIPPER_AUTH: 'maybe', DIPPER_FIELDS: '/none' }));
    for (const name of ['DIPPER_PORT', 'DATABASE_URL', 'DIPPER_AUTH', 'RUCIO_URL', 'RUCIO_ACCOUNT', 'RUCIO_USERNAME', 'RUCIO_PASSWORD', '/none']) {
      expect(found.join('\n')).toContain(name);
    }
  });

  it('listens for metrics of sync only where a port is set', () => {
    expect(readConfig('serve', serve).metricsPort).toBe(undefined);
    expect(readConfig('serve', { ...serve, DIPPER_METRICS_PORT: '4001' }).metricsPort).toBe(4001);
    expect(problems(() => readConfig('serve', { ...serve, DIPPER_METRICS_PORT: 'http' }))).toEqual([expect.stringMatching(/^DIPPER_METRICS_PORT /)]);
  });

  it('keeps live answers for seconds, and only in a Redis', () => {
    expect(readConfig('serve', serve).liveCache).toEqual({ seconds: 10, bytes: 64 * 1024 * 1024, redisUrl: undefined });
    expect(readConfig('serve', { ...serve, DIPPER_LIVE_CACHE_SECONDS: '0', DIPPER_LIVE_CACHE_MB: '1', DIPPER_REDIS_URL: 'rediss://u:p@h:1/2' }).liveCache).toEqual({ seconds: 0, bytes: 1024 * 1024, redisUrl: 'rediss://u:p@h:1/2' });
    const found = problems(() => readConfig('serve', { ...serve, DIPPER_LIVE_CACHE_SECONDS: '61', DIPPER_LIVE_CACHE_MB: '0', DIPPER_REDIS_URL: 'http://h' }));
    expect(found.map((problem) => problem.split(' ')[0])).toEqual(['DIPPER_LIVE_CACHE_SECONDS', 'DIPPER_LIVE_CACHE_MB', 'DIPPER_REDIS_URL']);
  });

  it('asks each command for what it needs only', () => {
    expect(readConfig('migrate', { DATABASE_URL: 'postgresql://h/d', DIPPER_FIELDS: fields }).mirrorUrl).toBe('postgresql://h/d');
    expect(problems(() => readConfig('sync', { DIPPER_FIELDS: fields }))).toEqual(['DATABASE_URL is not set', 'RUCIO_DATABASE_URL is not set']);
  });

  it('tells all that is wrong with both files in one message', () => {
    const bad = registry(`
- { name: obs_id, key: obs id, type: Text, column: Obs, description: "" }
- { name: bytes, key: k2, type: Int, column: metadata, indexd: true }
- { name: constructor, key: k3, aliases: [k3, a, a], type: "[Int]", column: reason, sortable: true, description: A }
- { name: kind, key: k4, type: Boolean, column: kind, when: { other: { a: b } }, map: { elsewhere: { a: true }, k4: { good: 1 } }, description: A }
- { name: kind, key: k2, aliases: [k4], type: String, column: kind, description: A }
- { name: ok, key: k6, type: Float, column: ok, description: A, ucd: "phot flux" }
- five
- { name: shared, key: k6, when: { k6: { unit: eV } }, type: Float, column: shared, description: The same key under a condition is another source. }
`);
    const badProfile = registry(`
lfn: { form: path, example: /a/b, scopes: [{ path: "/<vo>/x y", scope: a }, { path: "/<vo>", scope: "<scope>" }] }
lfn2pfn: { default: unknown, algorithms: { own: sideways } }
rse: { dataCentre: "", offsite: OFFSITE, qos: QOS, shown: [site], colour: red }
`);
    const found = problems(() => readConfig('serve', { ...serve, DIPPER_PORT: 'http', DIPPER_FIELDS: bad, DIPPER_PROFILE: badProfile }));
    const of = (what: string, file: string) => found.filter((problem) => problem.startsWith(`the ${what} ${file}, `)).map((problem) => problem.slice(`the ${what} ${file}, `.length));
    expect(found[0]).toMatch(/^DIPPER_PORT /);
    expect(of('field registry', bad)).toEqual([
      'row 1, name: is not a GraphQL name in camelCase',
      'row 1, key: has letters that no metadata key has',
      expect.stringMatching(/^row 1, type: .*"BigInt"\|"Int"\|"\[Int\]"\|"DateTime"\|"String"\|"Float"\|"Boolean"/),
      'row 1, column: is not the name of a column: lower-case letters, digits and _, at most 51',
      'row 1, description: is empty',
      'row 2 (bytes), description: is missing, or is no text',
      expect.stringMatching(/^row 2 \(bytes\), as a whole: .*"indexd"/),
      'row 2 (bytes), name: bytes is taken by dipper itself',
      'row 2 (bytes), column: metadata is taken by the mirror itself',
      'row 3 (constructor), name: constructor is taken by dipper itself',
      'row 3 (constructor), column: reason is taken by the mirror itself',
      'row 3 (constructor), sortable: lists have no order',
      'row 3 (constructor), aliases: k3 is named twice',
      'row 3 (constructor), aliases: a is named twice',
      "row 4 (kind), when: other is none of the field's keys",
      "row 4 (kind), map: elsewhere is none of the field's keys",
      'row 4 (kind), map: 1, for values of k4, is no Boolean',
      'row 6 (ok), ucd: is not a UCD, such as time.start;obs.exposure',
      expect.stringMatching(/^row 7, as a whole: /),
      'rows 4 and 5 have the same name, kind',
      'rows 4 and 5 have the same column, kind',
      'rows 2 and 5 have the same key, k2',
    ]);
    expect(of('profile', badProfile)).toEqual([
      'lfn.scopes.0.path: is not a path with parts like <scope>',
      'lfn.scopes.1: the scope names a part that the path does not have',
      expect.stringMatching(/^lfn2pfn\.algorithms\.own: /),
      'rse.dataCentre: is not the name of an attribute',
      'rse.location: is missing, or is no text',
      expect.stringMatching(/^rse: .*"colour"/),
    ]);
  });

  it.each([
    ['a registry that is no list', 'DIPPER_FIELDS', 'a: 1', /, as a whole: is not a list of fields$/],
    ['an empty registry', 'DIPPER_FIELDS', '', /, as a whole: is not a list of fields$/],
    ['a registry that is no YAML', 'DIPPER_FIELDS', '{', /^the field registry .* cannot be read: /],
    ['an algorithm by default that nobody knows', 'DIPPER_PROFILE', 'lfn: { form: "scope:name", example: "a:b" }\nlfn2pfn: { default: own }\nrse: { dataCentre: a, offsite: b, location: c, qos: d, shown: [] }', /lfn2pfn\.default: own is not among the algorithms$/],
  ])('refuses %s', (_title, setting, yaml, message) => {
    expect(problems(() => readConfig('schema', { [setting]: registry(yaml) }))).toEqual([expect.stringMatching(message)]);
  });

  it('reads the profile, beside the CTAO one', () => {
    expect(readConfig('schema', { DIPPER_PROFILE: 'test/profile/profile.yaml', DIPPER_FIELDS: 'test/profile/fields.yaml' })).toMatchObject({
      lfn: { form: 'scope:name' }, rse: { dataCentre: 'lab', lfn2pfnAlgorithm: 'isis_flat', pathRules: { isis_flat: 'name', isis_scoped: 'identity', identity: 'identity', hash: 'hash' } },
    });
    expect(readConfig('schema', {})).toMatchObject({ lfn: { form: 'path' }, rse: { dataCentre: 'site', pathRules: { ctao_bdms: 'name' } } });
  });
});
