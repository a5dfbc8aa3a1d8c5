import path from 'node:path';
import { base } from '../../dev/settings.js';
import { openCatalogue } from './catalogue.js';
import { connect } from '../mirror/connect.js';
import { openServers, type Server } from './servers.js';

export interface SyncBenchOptions { readonly files: number; readonly data: boolean; readonly report: (text: string) => void; readonly signal: AbortSignal }

/** Resolves when the signal aborts. */
const stopped = (signal: AbortSignal) => new Promise<void>((resolve) => {
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => { resolve(); }, { once: true });
});

/** URL of an empty database for the mirror. */
async function emptyMirror(server: Server): Promise<string> {
  const { mirror, mirrorUrl } = server.databases;
  const client = await connect(server.url(server.maintenance));
  try {
    await client.query(`drop database if exists "${mirror}" with (force)`);
    await client.query(`create database "${mirror}" owner "${mirror}" encoding 'UTF8' template template0`);
  } finally {
    await client.end();
  }
  return mirrorUrl;
}

/** `npm run bench -- --sync [--files N] [--data]`. */
export async function benchSync({ files, data, report, signal }: SyncBenchOptions): Promise<boolean> {
  const servers = await openServers(path.join(base(), 'bench-sync'), base(), { report, signal });
  try {
    const catalogue = await openCatalogue(servers.source, { files, report, signal });
    const mirrorUrl = await emptyMirror(servers.mirror);
    if (data) {
      console.log(`A catalogue of ${files} files: ${catalogue.url}\nexport RUCIO_DATABASE_URL=${catalogue.syncUrl}\nexport DATABASE_URL=${mirrorUrl}`);
      await stopped(signal);
      return true;
    }
    return true;
  } finally {
    await servers.stop();
  }
}
