import { readFileSync } from 'node:fs';
import { buildSchema, isObjectType, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { testStack } from '../support/stack.js';

const MOST = 69;
/** Doors that may be waited for: fields, and routes. One that has come brings its cases. */
const awaited = ['File.access', '/download', 'Dip.manifest', '/dips'];

interface Row { readonly number: number; readonly where: string }
/** The ways into dipper. */
interface Doors { readonly schema: GraphQLSchema; readonly routes: readonly string[] }

const read = (path: string) => readFileSync(path, 'utf8');
const rows: (Row & { title: string })[] = [...read('docs/security.md').matchAll(/^\| (\d+): (.*?) \| (.*) \|$/gm)].map(([, number, title, where]) => ({ number: Number(number), title: title!, where: where! }));
const names = (where: string) => [...where.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
const isWaiting = ({ where }: Row) => where.startsWith('waits for ');

function isThere(door: string, { schema, routes }: Doors): boolean {
  if (door.startsWith('/')) return routes.some((path) => path === door || path.startsWith(`${door}/`));
  const [typeName, field] = door.split('.') as [string, string];
  const type = schema.getType(typeName);
  return isObjectType(type) && field in type.getFields();
}

/** What is wrong with a row; undefined where nothing is. */
function fault(row: Row, doors: Doors): string | undefined {
  const { number, where } = row;
  const [listed, rest] = [names(where), where.replace(/`[^`]+`|^waits for |, /g, '')];
  if (listed.length === 0 || rest !== '') return `names neither tests nor doors: ${where}`;
  if (isWaiting(row)) {
    const wrong = listed.find((door) => !awaited.includes(door) || isThere(door, doors));
    return wrong && (awaited.includes(wrong) ? `the door ${wrong} is there, and has no test` : `${wrong} is no door that may be waited for`);
  }
  const without = listed.find((path) => !/^test\/[\w/.-]+\.ts$/.test(path) || !new RegExp(`['"\`]case ${number}: `).test(read(path)));
  return without && `${without} has no test of that name`;
}

const schema = buildSchema(read('schema.graphql'));
const app = await createApp({ ...readConfig('serve', { ...testStack().env, DIPPER_PORT: '0' }), logLevel: 'silent' });
await app.stop();
const today: Doors = { schema, routes: app.routes.map(({ path }) => path) };

describe('the cases of docs/security.md', () => {
  it('are all there, each once', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: MOST }, (_, at) => at + 1));
  });

  it.each(rows.map((row) => [row.number, row.title, row] as const))('%i: %s', (_number, _title, row) => { expect(fault(row, today)).toBeUndefined(); });

  it('would be found wrong', () => {
    expect(fault({ number: 1, where: 'nowhere' }, today)).toContain('neither');
    expect(fault({ number: 1, where: '' }, today)).toContain('neither');
    expect(fault({ number: 61, where: '`test/integration/limits.test.ts`' }, today)).toContain('no test of that name');
    expect(fault({ number: 1, where: '`test/integration/limits.test.ts`, `test/unit/config.test.ts`' }, today)).toContain('test/unit/config.test.ts');
    expect(fault({ number: 50, where: 'waits for `File.replicas`' }, today)).toContain('may be waited for');
  });

  it('wait for no door that has come', () => {
    const contract = buildSchema(read('test/contract/contract.graphql'));
    const waiting = rows.filter(isWaiting);
    for (const doors of [{ ...today, schema: contract }, { ...today, routes: ['/download/:file', '/dips/:id'] }]) expect(waiting.filter((row) => !fault(row, doors)?.includes('is there'))).toEqual([]);
    expect(new Set(waiting.flatMap(({ where }) => names(where)))).toEqual(new Set(awaited));
  });
});
