import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { StackFailure } from './stack-failure.js';

export interface OsUser { readonly name: string; readonly uid: number; readonly gid: number }

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Who runs the services that refuse root: undefined means ourselves. */
export function serviceUser(): OsUser | undefined {
  if (!isRoot()) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const found = users.find((fields) => fields[0] === name);
    if (found !== undefined) return { name, uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new StackFailure('Postgres refuses to run as root, and there is no user "postgres" or "nobody" to run it as.');
}

/** Whether the user may enter the folder: asked of the system, which also knows ACLs and mounts. */
export function canEnter(user: OsUser | undefined, folder: string): boolean {
  if (user === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid: user.uid, gid: user.gid, stdio: 'ignore', cwd: '/' }).status === 0;
}
