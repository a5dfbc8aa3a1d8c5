import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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

function registry(yaml: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'dipper-')), 'fields.yaml');
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

  it('lists all that is wrong at once', () => {
    const found = problems(() => readConfig('serve', { DIPPER_PORT: 'http', DATABASE_URL: 'mysql://x', DIPPER_AUTH: 'maybe', DIPPER_FIELDS: '/none' }));
    for (const name of ['DIPPER_PORT', 'DATABASE_URL', 'DIPPER_AUTH', 'RUCIO_URL', 'RUCIO_ACCOUNT', 'RUCIO_USERNAME', 'RUCIO_PASSWORD', '/none']) {
      expect(found.join('\n')).toContain(name);
    }
  });

  it('asks each command for what it needs only', () => {
    expect(readConfig('migrate', { DATABASE_URL: 'postgresql://h/d', DIPPER_FIELDS: fields }).mirrorUrl).toBe('postgresql://h/d');
    expect(problems(() => readConfig('sync', { DIPPER_FIELDS: fields }))).toEqual(['DATABASE_URL is not set', 'RUCIO_DATABASE_URL is not set']);
  });

  it.each([
    ['a wrong type', '- { name: a, key: a, type: Text, column: a, description: A }', /0\.type/],
    ['a column that is no name', '- { name: a, key: a, type: String, column: "a; drop", description: A }', /not a column name/],
    ['two of a name', '- { name: a, key: a, type: String, column: a, description: A }\n- { name: a, key: b, type: String, column: b, description: B }', /two fields have the name a/],
    ['an unknown property', '- { name: a, key: a, type: String, column: a, description: A, indexd: true }', /indexd/],
    ['no list', 'a: 1', /as a whole/],
  ])('refuses a field registry with %s', (_title, yaml, message) => {
    expect(problems(() => readConfig('serve', { ...serve, DIPPER_FIELDS: registry(yaml) })).join('\n')).toMatch(message);
  });
});
