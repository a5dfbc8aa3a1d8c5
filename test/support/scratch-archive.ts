import pg from 'pg';
import { createApp, type App } from '../../src/app.js';
import { readConfig, type Config } from '../../src/config.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { writeChanges } from '../../src/datasources/mirror/write-changes.js';
import type { SourceChange } from '../../src/datasources/rucio-db/messages.js';
import { coalesce } from '../../src/services/sync/coalesce.js';
import { syncTables } from '../../src/services/sync/tables.js';
import { registry } from './registry.js';
import { scratchDatabase } from './scratch-database.js';
import type { TestStack } from './stack.js';

/** A mirror of its own, empty at first, with a dipper on it. */
export interface ScratchArchive {
  readonly url: string;
  readonly mirrorUrl: string;
  /** The mirror itself, for a look behind dipper. */
  readonly mirror: pg.Client;
  /** Writes one transaction of Rucio's, the way sync does. */
  write(...changes: readonly SourceChange[]): Promise<void>;
  close(): Promise<void>;
}

export async function scratchArchive(stack: TestStack): Promise<ScratchArchive> {
  const scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  const mirror = new pg.Client({ connectionString: scratch.url });
  await mirror.connect();
  const app = await dipperOn(stack, scratch.url);
  const tables = syncTables(registry);
  return {
    url: await app.start(), mirrorUrl: scratch.url, mirror,
    async write(...changes) {
      await mirror.query('begin');
      await writeChanges(mirror, tables.mirror, coalesce(changes, tables.source, registry));
      await mirror.query('commit');
    },
    async close() {
      await app.stop();
      await mirror.end();
      await scratch.drop();
    },
  };
}

/** Settings of a dipper in this process on any mirror. */
export const configOn = (stack: TestStack, mirrorUrl: string, env: Readonly<Record<string, string>> = {}): Config =>
  ({ ...readConfig('serve', { ...stack.env, DATABASE_URL: mirrorUrl, DIPPER_PORT: '0', ...env }), logLevel: 'silent' });

/** A dipper in this process on any mirror, not yet listening. */
export const dipperOn = (stack: TestStack, mirrorUrl: string): Promise<App> => createApp(configOn(stack, mirrorUrl));

const at = '2026-11-23 10:00:00.123456';
interface File { readonly scope: string; readonly name: string; readonly bytes?: string; readonly createdAt?: string; readonly metadata?: string }

/** A file as Rucio's tables have it; metadata as JSON text. */
export const fileRows = ({ scope, name, bytes = '5', createdAt = at, metadata = '{}' }: File): SourceChange[] => [
  { table: 'dids', op: 'upsert', unchanged: [], row: { scope, name, did_type: 'F', account: 'root', is_open: null, bytes, adler32: null, md5: null, created_at: createdAt, updated_at: at } },
  { table: 'did_meta', op: 'upsert', unchanged: [], row: { scope, name, did_type: null, meta: metadata } },
];
export const fileGone = (scope: string, name: string): SourceChange[] => [
  { table: 'did_meta', op: 'delete', unchanged: [], row: { scope, name } },
  { table: 'dids', op: 'delete', unchanged: [], row: { scope, name } },
];
