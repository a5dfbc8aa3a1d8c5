import { Command } from 'commander';
import { rowKindNames, type RowKind } from '../domain/row-kind.js';
import { DipperError } from '../errors.js';
import { verifyMirror, type VerifyReport } from '../verifier.js';
import { progressLine } from './progress-line.js';
import { run } from './run.js';
import { verifyText } from './verify-text.js';

interface Options { table?: string[]; sample?: string; seed?: string; json?: boolean }

function whole(option: string, text: string, min: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < min) throw new DipperError('BAD_USER_INPUT', `${option} takes a whole number${min ? ` from ${min} on` : ''}.`);
  return Number(text);
}

function kindsOf(names: readonly string[] | undefined): RowKind[] | undefined {
  const unknown = names?.filter((name) => !rowKindNames.includes(name as RowKind));
  if (unknown?.length) throw new DipperError('BAD_USER_INPUT', `There is no table ${unknown.join(', ')}; there are ${rowKindNames.join(', ')}.`);
  return names && rowKindNames.filter((name) => names.includes(name));
}

/** 0 where all is well, 1 where something is wrong, 2 where that could not be found out. */
function exitCode({ kinds, dangling, setAside, asOf }: VerifyReport): number {
  if (dangling.length || setAside.count || kinds.some(({ differing }) => differing > 0)) return 1;
  return asOf === null || kinds.some(({ open }) => open > 0) ? 2 : 0;
}

export const verifyCommand = (): Command => new Command('verify')
  .description('compare the mirror with Rucio; ends with 0 where they are equal, 1 where not, 2 where that could not be found out')
  .option('--table <names...>', `only these: ${rowKindNames.join(', ')}`)
  .option('--sample <files>', 'so many files by chance with all that hangs on them, not everything')
  .option('--seed <number>', 'take the same sample again')
  .option('--json', 'as JSON')
  .action(({ table, sample, seed, json }: Options) => run('verify', async (config, signal) => {
    const line = progressLine(process.stderr);
    const report = await verifyMirror(config, {
      kinds: kindsOf(table),
      sample: sample === undefined ? undefined : { files: whole('--sample', sample, 1), seed: seed === undefined ? Math.floor(Math.random() * 1e6) : whole('--seed', seed, 0) },
      onProgress: ({ kind, rows, of }) => { line.show(kind, rows, of); },
    }, signal).finally(() => { line.clear(); });
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : verifyText(report));
    process.exitCode = exitCode(report);
  }, { failed: 2, interrupted: 130 }));
