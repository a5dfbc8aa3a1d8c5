import { Command } from 'commander';
import { rowKindNames, type RowKind } from '../domain/row-kind.js';
import { DipperError } from '../errors.js';
import { progressLine } from './progress-line.js';
import type { VerifyReport } from '../services/verify/report.js';
import { openDatabases } from '../services/verify/database-sides.js';
import { openRestSides } from '../services/verify/rest-sides.js';
import { verify } from '../services/verify/verify.js';
import { run } from './run.js';
import { verifyText } from './verify-text.js';

interface Options { table?: string[]; sample?: string; seed?: string; repair?: boolean; json?: boolean }

function whole(option: string, text: string, min: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < min) throw new DipperError('BAD_USER_INPUT', `${option} takes a whole number${min ? ` from ${min} on` : ''}.`);
  return Number(text);
}

function kindsOf(names: readonly string[] | undefined): RowKind[] | undefined {
  const unknown = names?.filter((name) => !rowKindNames.includes(name as RowKind));
  if (unknown?.length) throw new DipperError('BAD_USER_INPUT', `There is no table ${unknown.join(', ')}; there are ${rowKindNames.join(', ')}.`);
  return names && rowKindNames.filter((name) => names.includes(name));
}

/** 0 where all is well, 1 where something was wrong, be it put right or not, 2 where that could not be found out. */
function exitCode({ kinds, dangling, setAside, untold }: VerifyReport): number {
  if (dangling.length || setAside.count || kinds.some(({ differing }) => differing > 0)) return 1;
  return untold.count || kinds.some(({ open }) => open > 0) ? 2 : 0;
}

export const verifyCommand = (): Command => new Command('verify')
  .description('compare the mirror with Rucio; ends with 0 where they are equal, 1 where not, 2 where that could not be found out')
  .option('--table <names...>', `only these: ${rowKindNames.join(', ')}`)
  .option('--sample <files>', 'so many files by chance with all that hangs on them, not everything')
  .option('--seed <number>', 'take the same sample again')
  .option('--repair', 'then make what differs as it is in Rucio; a `dipper sync` that runs stands by meanwhile')
  .option('--json', 'as JSON')
  .action(({ table, sample, seed, repair, json }: Options) => run('verify', async ({ mirrorUrl, rucio, follow, crawl, fields }, signal) => {
    const line = progressLine(process.stderr);
    const sides = { mirrorUrl, fields, signal };
    const report = await verify(() => (crawl ? openRestSides({ ...sides, crawl: { rucio, ...crawl } }) : openDatabases({ ...sides, ...follow! })), sides, {
      repair, kinds: kindsOf(table),
      sample: sample === undefined ? undefined : { files: whole('--sample', sample, 1), seed: seed === undefined ? Math.floor(Math.random() * 1e6) : whole('--seed', seed, 0) },
      onProgress: ({ what, rows, of }) => { line.show(what, rows, of); },
    }).finally(() => { line.clear(); });
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : verifyText(report));
    process.exitCode = exitCode(report);
  }, { failed: 2, interrupted: 130 }));
