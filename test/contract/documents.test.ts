import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the documents fit schema.graphql, and their types are as codegen writes them; else run `npm run codegen`', async () => {
  const run = promisify(execFile)(process.execPath, ['node_modules/.bin/graphql-codegen', '--config', 'codegen.yml', '--check'], { timeout: 60_000 });
  await expect(run).resolves.toBeDefined();
}, 90_000);
