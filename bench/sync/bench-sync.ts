import path from 'node:path';
import { base } from '../../dev/settings.js';
import { connect } from '../mirror/connect.js';
import { writePart } from '../write-part.js';
import { measureBacklog, measureLostSlot } from './backlog.js';
import { type Catalogue, openCatalogue } from './catalogue.js';
import { compareDigests } from './digest.js';
import { openProbe } from './probe.js';
import { startDipper } from './process.js';
import { measureReplays } from './replays.js';
import { syncResults } from './results.js';
import { openServers, type Server } from './servers.js';
import { measureSnapshot, type SyncTarget } from './snapshot.js';
import { measureLag, measureRates } from './stream.js';
import { openWriter } from './writer.js';

export interface SyncBenchOptions { readonly files: number; readonly data: boolean; readonly report: (text: string) => void; readonly signal: AbortSignal }

/** A run with fewer files is for trying things: its results are printed only. */
const WHOLE_FILES = 1_000_000;

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

/** Streaming, on the mirror of the snapshot; ends with a sync that is stopped. */
async function measureStreaming(target: SyncTarget, { url }: Catalogue, report: (text: string) => void) {
  const { files, signal, mirrorUrl } = target;
  const source = await connect(url);
  const mirror = await connect(mirrorUrl);
  const writer = await openWriter(url, files);
  const sync = startDipper(['sync'], target.env, target.log);
  const probe = await openProbe(url, mirrorUrl);
  try {
    await probe.mark();
    await probe.settled(60);
    const streaming = { writer, probe, source, mirror, sync, signal, report };
    const lag = await measureLag(streaming);
    report(`lag at ${lag.perSecond.toFixed(0)} changes/s, ${lag.marks} marks: p50 ${lag.p50.toFixed(0)}, p95 ${lag.p95.toFixed(0)}, p99 ${lag.p99.toFixed(0)}, at most ${lag.max.toFixed(0)} ms`);
    const rates = await measureRates(streaming);
    await compareDigests(source, mirror);
    const replays = await measureReplays(streaming, files);
    report(`${replays.rows} replays: ${replays.walBytesARow.toFixed(1)} bytes of log each`);
    await sync.stop();
    const backlog = await measureBacklog(target, url, writer);
    report(`backlog of ${backlog.rows} rows, ${backlog.bytes} bytes (reported: ${backlog.reported}): ${backlog.seconds.toFixed(1)} s`);
    await compareDigests(source, mirror);
    const lost = await measureLostSlot(target, url, writer);
    report(`a lost slot: a new snapshot of ${lost.files} files in ${lost.seconds.toFixed(1)} s`);
    await compareDigests(source, mirror);
    return { lag, rates, replays, backlog, lost };
  } finally {
    await sync.stop();
    await probe.close();
    await writer.close();
    await Promise.all([source.end(), mirror.end()]);
  }
}

async function measure(target: SyncTarget, catalogue: Catalogue, report: (text: string) => void): Promise<string> {
  const source = await connect(catalogue.url);
  try {
    const snapshot = await measureSnapshot(target);
    report(`snapshot: ${snapshot.files} files in ${snapshot.seconds.toFixed(1)} s (${(snapshot.files / snapshot.seconds).toFixed(0)} files/s), migrate ${snapshot.migrateSeconds.toFixed(1)} s, CPU s: dipper ${snapshot.cpu.sync.toFixed(0)}, source ${snapshot.cpu.source.toFixed(0)}, mirror ${snapshot.cpu.mirror.toFixed(0)}, peak ${snapshot.peak.toFixed(0)} MiB`);
    const mirror = await connect(target.mirrorUrl);
    const rows = await compareDigests(source, mirror).finally(() => mirror.end());
    return await syncResults(source, { snapshot, rows, ...await measureStreaming(target, catalogue, report) });
  } finally {
    await source.end();
  }
}

/**
 * `npm run bench -- --sync [--files N] [--data]`: makes a catalogue of so many files in a database of Rucio, or takes the one of an earlier run, and measures the
 * snapshot and the stream into a mirror on a server beside it. `--data` only makes the catalogue, prints its URL, and keeps both servers running until Ctrl-C.
 */
export async function benchSync({ files, data, report, signal }: SyncBenchOptions): Promise<boolean> {
  const folder = path.join(base(), 'bench-sync');
  const servers = await openServers(folder, base(), { report, signal });
  try {
    const catalogue = await openCatalogue(servers.source, { files, report, signal });
    const mirrorUrl = await emptyMirror(servers.mirror);
    if (data) {
      console.log(`A catalogue of ${files} files: ${catalogue.url}\nexport RUCIO_DATABASE_URL=${catalogue.syncUrl}\nexport DATABASE_URL=${mirrorUrl}`);
      await stopped(signal);
      return true;
    }
    const env = { DATABASE_URL: mirrorUrl, RUCIO_DATABASE_URL: catalogue.syncUrl, DIPPER_SLOT: 'dipper_bench', DIPPER_LOG_LEVEL: 'info' };
    const text = await measure({ servers, files, mirrorUrl, env, log: path.join(folder, 'dipper.log'), signal }, catalogue, report);
    if (files >= WHOLE_FILES) writePart(text);
    else console.log(text);
    return true;
  } finally {
    await servers.stop();
  }
}
