import { statfs } from 'node:fs/promises';
import { StackFailure } from './stack-failure.js';

/** Refuses to begin an installation that would fill the disk. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < bytes) throw new StackFailure(`The disk of ${folder} has ${(free / 1e9).toFixed(1)} GB free and the first start needs ${(bytes / 1e9).toFixed(1)} GB: free some space, or set DIPPER_HOME to a folder on another disk.`);
}
