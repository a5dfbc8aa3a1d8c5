import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Servers of a VO that the operator trusts, as grids write them in `<vo>/<host>.lsc`: subject and issuer. */
export async function readLsc(vomsFolder: string, vo: string, host: string): Promise<{ subject: string; issuer: string }[]> {
  const text = await readFile(join(vomsFolder, vo, `${host}.lsc`), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  return text.split(/^-+ ?NEXT CHAIN ?-+$/m).flatMap((chain) => {
    const [subject, issuer] = chain.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    return subject && issuer ? [{ subject, issuer }] : [];
  });
}
