import { DipperError } from '../../errors.js';

/** More readings of one list than this are not tried at a time. */
export const READINGS = 4;

/** A list as it was read once. */
export interface Reading {
  /** Of all its keys, in any order. */
  readonly digest: string;
  /** When it began, by Rucio's clock. */
  readonly began: Date;
}

/**
 * Rucio may cut a list in a way that still looks whole, so a list is read until two readings in a row agree: they are the same, or
 * what differs has changed meanwhile, which `isExplained` finds out. Throws UPSTREAM_TRUNCATED after four.
 */
export async function readUntilAgreed(what: string, read: (reading: number) => Promise<Reading>, isExplained: (reading: number, before: Reading) => Promise<boolean>): Promise<void> {
  let before: Reading | undefined;
  for (let reading = 0; reading < READINGS; reading += 1) {
    const now = await read(reading);
    if (before && (now.digest === before.digest || await isExplained(reading, before))) return;
    before = now;
  }
  throw new DipperError('UPSTREAM_TRUNCATED', `Rucio's answers about ${what} do not agree with each other.`);
}
