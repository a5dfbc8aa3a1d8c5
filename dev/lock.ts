import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, livingPid } from './identity.js';

function tryLock(file: string): boolean {
  const own = identityOf(process.pid) ?? String(process.pid);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, file); // a link appears with its content: nobody ever reads a half-written lock
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The pid that holds the lock, if it lives; a lock left by a dead process is taken away. */
export function lockHolder(file: string): number | undefined {
  try {
    const pid = livingPid(readFileSync(file, 'utf8'));
    if (pid === undefined) rmSync(file, { force: true });
    return pid;
  } catch {
    return undefined;
  }
}

/** Takes the lock and returns how to give it back, or undefined when a living process holds it. */
export function takeLock(file: string): (() => void) | undefined {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryLock(file)) return () => { rmSync(file, { force: true }); };
    if (lockHolder(file) !== undefined) return undefined;
  }
  return undefined;
}

/** Waits for the lock; `onWait` is told once that somebody else holds it. */
export async function waitForLock(file: string, signal: AbortSignal, onWait: () => void): Promise<() => void> {
  for (let told = false; ; told = true) {
    const release = takeLock(file);
    if (release !== undefined) return release;
    if (!told) onWait();
    await sleep(500, undefined, { signal });
  }
}
