import { setTimeout as sleep } from 'node:timers/promises';
import { beginPass, countLeft, dropPass, readPass, scopesLeft, type Pass } from '../../datasources/mirror/crawl-pass.js';
import { forgetUnmet, setAside } from '../../datasources/mirror/crawl-set-aside.js';
import { countSetAside } from '../../datasources/mirror/source.js';
import { isStorableText } from '../../domain/storable-text.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import type { Crawl } from './crawl.js';
import { readBatches } from './read-batches.js';
import { leftToRead, readContents } from './read-collections.js';
import { loadRses, readRses } from './read-rses.js';
import { giveUpScope, readScope } from './read-scope.js';

const ROUNDS = 3;
const ROUND_WAIT_MS = 2_000;
const REPORT_EVERY_MS = 30_000;

async function begin(crawl: Crawl): Promise<Pass> {
  const { rucio, patience, signal } = crawl;
  const began = await patience.ask(() => rucio.now({ signal }));
  const scopes = await patience.ask(() => rucio.scopes({ signal }));
  await crawl.write(async (mirror) => {
    await beginPass(mirror, began.toISOString(), scopes.filter(isStorableText));
    const reason = 'It holds a character that no text can have.';
    await setAside(mirror, scopes.filter((scope) => !isStorableText(scope)).map((scope) => ({ table: 'scopes', key: [scope], reason, row: { scope } })));
  });
  return (await crawl.read(readPass))!;
}

async function readScopes(crawl: Crawl): Promise<void> {
  for (let round = 1; ; round += 1) {
    const scopes = await crawl.read(scopesLeft);
    if (scopes.length === 0) return;
    if (round > 1) await sleep(ROUND_WAIT_MS * round, undefined, { signal: crawl.signal });
    for (const scope of scopes) {
      try {
        await readScope(crawl, scope);
      } catch (error) {
        if (crawl.signal.aborted || isDown(error)) throw error;
        crawl.log.warn({ err: error, scope, round }, 'crawl: a scope that Rucio does not list as it should');
        if (round === ROUNDS) await giveUpScope(crawl, scope, (error as Error).message);
      }
    }
  }
}

/** Says from time to time how far the pass has come. */
function report({ read, log, metrics }: Crawl, before: Pass): NodeJS.Timeout {
  const started = performance.now();
  metrics?.pass(before.dids, 0);
  return setInterval(() => {
    void read(async (mirror) => ({ pass: await readPass(mirror), left: await countLeft(mirror), aside: await countSetAside(mirror) })).then(({ pass, left, aside }) => {
      if (!pass) return;
      metrics?.pass(pass.dids, left.files + left.collections);
      metrics?.setAside(aside);
      log.info({ read: pass.dids, left, didsPerSecond: Math.round((pass.dids - before.dids) / ((performance.now() - started) / 1000)) }, 'crawl: under way');
    }, () => undefined);
  }, REPORT_EVERY_MS);
}

/**
 * Reads all of Rucio into the mirror once, or what an earlier process has left of a pass; `end` is called with when it began, in the
 * transaction that ends it. Rows that cannot be taken are set aside and never end it; it waits while Rucio is down. False where some of it
 * was read by an earlier process, which is longer ago than this one.
 */
export async function runPass(crawl: Crawl, end: (began: string) => Promise<void>): Promise<boolean> {
  const before = await crawl.read(readPass);
  const requests = crawl.requests();
  const pass = before ?? await begin(crawl);
  crawl.log.info({ began: pass.began, read: pass.dids }, before ? 'crawl: the pass goes on' : 'crawl: a pass begins');
  const reporting = report(crawl, pass);
  try {
    if (pass.rsesRead) await loadRses(crawl);
    else await readRses(crawl);
    crawl.strangers.clear();
    await readScopes(crawl);
    await readBatches(crawl, leftToRead(crawl, 'collections'));
    await readContents(crawl);
    await readBatches(crawl, leftToRead(crawl, 'files'));
  } finally {
    clearInterval(reporting);
  }
  const { dids, seconds } = (await crawl.read(readPass))!;
  await crawl.write(async (mirror) => {
    await forgetUnmet(mirror);
    await dropPass(mirror);
    await end(pass.began);
  });
  crawl.metrics?.pass(dids, 0);
  crawl.metrics?.setAside(await crawl.read(countSetAside));
  if (!before) crawl.metrics?.passed(seconds);
  crawl.log.info({ dids, seconds: Math.round(seconds), requests: crawl.requests() - requests, asOf: pass.began }, 'crawl: the pass has ended');
  return before === null;
}
