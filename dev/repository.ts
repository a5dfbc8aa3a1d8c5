import { existsSync } from 'node:fs';
import path from 'node:path';

function findRoot(from: string): string {
  if (existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('package.json not found above the development stack');
  return findRoot(parent);
}

/** The repository's folder: this file runs from dev/ in tests and from dist/dev/ elsewhere. */
export const repository = findRoot(import.meta.dirname);
