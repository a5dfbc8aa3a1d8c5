import { readFileSync } from 'node:fs';
import { buildSchema, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';

const rows = [...readFileSync('docs/security.md', 'utf8').matchAll(/^\| (\d+): (.*?) \| (.*) \|$/gm)].map(([, number, title, where]) => ({ number: Number(number), title: title!, where: where! }));
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

function hasDoor(door: string): boolean {
  const [typeName, field] = door.split('.') as [string, string];
  const type = schema.getType(typeName);
  return isObjectType(type) && field in type.getFields();
}

/** What is wrong with a row; undefined where nothing is. */
function fault({ number, where }: { number: number; where: string }): string | undefined {
  const waits = /^waits for `(\w+\.\w+)`$/.exec(where);
  if (waits) return hasDoor(waits[1]!) ? `the door ${waits[1]!} is there, and has no test` : undefined;
  const [, file, name] = /^`(test\/[\w/-]+\.test\.ts)`: (case \d+:)$/.exec(where) ?? [];
  if (!file || name !== `case ${number}:`) return `names neither a test nor a door: ${where}`;
  return new RegExp(`['"\`, ]case ${number}: `).test(readFileSync(file, 'utf8')) ? undefined : `${file} has no test of that name`;
}

describe('the cases of docs/security.md', () => {
  it('are each there once', () => {
    expect(rows.length).toBeGreaterThanOrEqual(46);
    expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length);
  });

  it.each(rows.map((row) => [row.number, row.title, row] as const))('%i: %s', (_number, _title, row) => { expect(fault(row)).toBeUndefined(); });

  it('would be found wrong', () => {
    expect(fault({ number: 1, where: '`test/integration/limits.test.ts`: case 2:' })).toContain('neither');
    expect(fault({ number: 61, where: '`test/integration/limits.test.ts`: case 61:' })).toContain('no test of that name');
    expect(fault({ number: 50, where: 'waits for `File.replicas`' })).toContain('is there');
  });
});
