import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DipperError } from '../../errors.js';
import { readSigningPolicy, type SigningPolicy } from './signing-policy.js';

/** A CA of the folder. */
export interface Ca {
  readonly x509: X509Certificate;
  readonly policy: SigningPolicy | undefined;
  /** Files of its revocation lists. */
  readonly crls: readonly string[];
}

/** The folder of CAs, by their subjects. */
export interface CaFolder { named(subject: string): Promise<readonly Ca[]> }

/** What is put into the folder counts after this time. */
const RELOAD_MS = 10_000;

/** Reads a folder as grids have it (`<hash>.0`, `<hash>.r0`, `<hash>.signing_policy`), again whenever what is known of it is old. */
export function createCaFolder(folder: string): CaFolder {
  let known: Promise<ReadonlyMap<string, readonly Ca[]>> | undefined;
  let readAt = -Infinity;
  return {
    async named(subject) {
      if (!known || performance.now() - readAt > RELOAD_MS) {
        readAt = performance.now();
        known = readFolder(folder);
        known.catch(() => { known = undefined; });
      }
      return (await known).get(subject) ?? [];
    },
  };
}

async function readFolder(folder: string): Promise<ReadonlyMap<string, readonly Ca[]>> {
  const cas = new Map<string, Ca[]>();
  try {
    const names = (await readdir(folder)).sort();
    const hashes = new Map<string, Set<string>>();
    for (const name of names) {
      const hash = /^([0-9a-f]{8})\.\d+$/.exec(name)?.[1];
      const x509 = hash && asCertificate(await readFile(join(folder, name)));
      if (!x509) continue;
      const policy = await readFile(join(folder, `${hash}.signing_policy`), 'utf8').then(readSigningPolicy, () => undefined);
      cas.set(x509.subject, [...cas.get(x509.subject) ?? [], { x509, policy, crls: [] }]);
      hashes.set(x509.subject, (hashes.get(x509.subject) ?? new Set()).add(hash));
    }
    // Grids have a CA under a hash of the old kind, too: a list under either one counts for it.
    for (const [subject, all] of cas) {
      const crls = names.filter((name) => hashes.get(subject)!.has(name.slice(0, 8)) && /^\.r\d+$/.test(name.slice(8))).map((name) => join(folder, name));
      cas.set(subject, all.map((ca) => ({ ...ca, crls })));
    }
  } catch (cause) {
    throw new DipperError('UNAVAILABLE', 'The folder of CAs cannot be read, so certificates cannot be checked.', { cause });
  }
  return cas;
}

/** Undefined for a file that holds none: its CA is then not there. */
function asCertificate(content: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(content);
  } catch {
    return undefined;
  }
}
