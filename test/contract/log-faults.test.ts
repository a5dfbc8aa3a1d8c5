import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { logFaults } from '../../dev/fuzz/log-faults.js';

it.each([
  ['{"level":30,"msg":"answered","path":"/graphql","reqId":"311f1399-41fe-419e-aa78-4727f1ded589"}', undefined],
  ['dipper serve: http://127.0.0.1:29539', undefined],
  ['{"level":10,"msg":"asked with pa55word"}', 'has a secret'],
  ['{"level":10,"msg":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2ln"}', 'looks like having a token'],
  ['{"level":10,"headers":{"authorization":"Bearer abcdefgh12345"}}', 'looks like having a token'],
  ['{"level":10,"headers":{"x-rucio-auth-token":"root-123456789"}}', 'looks like having a token'],
  ['{"level":10,"headers":{"set-cookie":"a=b"}}', 'looks like having a token'],
  ['{"level":50,"msg":"internal error"}', 'is an error: internal error'],
])('what must not be in a log is found: %s', (line, fault) => {
  const folder = mkdtempSync(join(tmpdir(), 'dipper-log-'));
  writeFileSync(join(folder, 'log'), `{"level":30,"msg":"first"}\n${line}\n`);
  const faults = logFaults(join(folder, 'log'), ['pa55word']);
  rmSync(folder, { recursive: true });
  expect(faults).toEqual(fault === undefined ? [] : [expect.stringContaining(fault)]);
  expect(faults.join()).not.toContain('pa55word');
});
