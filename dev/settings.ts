import path from 'node:path';
import { repository } from './repository.js';
import { StackFailure } from './stack-failure.js';

/** The folder of all stacks of this clone: DIPPER_HOME, or `.dipper` in the repository. */
export const base = (): string => path.resolve(process.env['DIPPER_HOME'] || path.join(repository, '.dipper'));
export const demoHome = (): string => path.join(base(), 'demo');
export const testHome = (): string => path.join(base(), 'test');

/** The port of the demo. */
export function demoPort(): number {
  const text = process.env['DIPPER_PORT'] || '4000';
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new StackFailure(`DIPPER_PORT is "${text}": it must be a number from 1 to 65535.`);
  return port;
}
