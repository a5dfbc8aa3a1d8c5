import { rowColumns } from '../domain/row-kind.js';
import type { Difference } from '../services/verify/difference.js';
import type { VerifyReport } from '../services/verify/report.js';

const VALUE_LETTERS = 120;
const number = new Intl.NumberFormat('en');
const rows = (count: number) => `${number.format(count)} ${count === 1 ? 'row' : 'rows'}`;

/** On one line, whatever it holds. */
const plain = (text: string) => (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) ? text : JSON.stringify(text));

function value(text: string | null): string {
  if (text === null) return 'none';
  return text.length > VALUE_LETTERS ? `${plain(text.slice(0, VALUE_LETTERS))}… (${number.format(text.length)} letters)` : plain(text);
}

/** Columns, each as wide as its widest cell; numbers to the right. */
function table(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) => `${line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ')}\n`).join('');
}

/** The row by what people know it by: RSEs by name, and a DID in one piece. */
function keyText({ key }: Difference, rses: VerifyReport['rses']): string {
  const did = (scope: string, name: string) => plain(`${key[scope] ?? ''}:${key[name] ?? ''}`);
  const rse = key['rse_id'] === undefined ? [] : [rses[key['rse_id'] ?? ''] ?? key['rse_id'] ?? 'none'];
  if (key['rule_id'] !== undefined) return `rule ${key['rule_id'] ?? 'none'}`;
  if (key['child_name'] !== undefined) return `${did('child_scope', 'child_name')} in ${did('scope', 'name')}`;
  if (key['name'] !== undefined) return [did('scope', 'name'), ...rse].join(' at ');
  return [...rse, ...['key', 'scheme', 'hostname', 'port', 'source'].flatMap((part) => (key[part] === undefined ? [] : [plain(key[part] ?? '')]))].join(' ');
}

function* differenceLines(difference: Difference, rses: VerifyReport['rses']): Generator<string> {
  const name = keyText(difference, rses);
  if (difference.what === 'MISSING_IN_MIRROR') yield `  ${name}: missing in the mirror`;
  else if (difference.what === 'NOT_IN_RUCIO') yield `  ${name}: in the mirror, not in Rucio`;
  else {
    yield `  ${name}`;
    const own = rowColumns(difference.kind);
    for (const { column, rucio, mirror } of difference.columns) {
      yield `    ${column}: ${value(rucio)} ${own.includes(column.split('.')[0]!) ? 'in Rucio' : 'by its metadata'}, ${value(mirror)} in the mirror`;
    }
  }
}

function* sections({ source, asOf, notTold, notFollowed, sample, kinds, dangling, setAside, untold, rses }: VerifyReport): Generator<string> {
  if (notFollowed !== null) yield `The mirror is not followed now: ${notFollowed}. What Rucio has changed since differs, too.\n`;
  if (source === 'REST') {
    const late = kinds.reduce((sum, kind) => sum + kind.late, 0);
    yield `The mirror was crawled, as Rucio was at ${asOf.slice(0, 19)} UTC.\nNot compared, as REST does not tell it: ${notTold.join('; ')}.\n`;
    if (late) yield `${rows(late)} ${late === 1 ? 'has' : 'have'} changed in Rucio since then: the next pass of \`dipper sync\` brings ${late === 1 ? 'it' : 'them'}.\n`;
    if (kinds.some(({ differing }) => differing > 0)) yield 'Changes of metadata and copies, and deletions, have no date: those since then are among the differences.\n';
  }
  if (sample) {
    const share = sample.of ? `, ${Math.min(100, (100 * sample.files) / sample.of).toPrecision(2)} % of about ${number.format(sample.of)}` : '';
    yield `A sample: ${number.format(sample.files)} files${share}, with all that hangs on them (--seed ${sample.seed} gives it again).\n`;
  }
  yield table([['', 'in Rucio', 'in the mirror', 'differ'], ...kinds.map(({ kind, rucio, mirror, differing }) => [kind, ...[rucio, mirror, differing].map((count) => number.format(count))])]);
  for (const { kind, differing, open, differences } of kinds) {
    if (differing) yield `\n${kind}: ${rows(differing)} ${differing === 1 ? 'differs' : 'differ'}\n${differences.flatMap((one) => [...differenceLines(one, rses)]).join('\n')}\n`;
    if (differing > differences.length) yield `  and ${rows(differing - differences.length)} more\n`;
    if (open) yield `\n${kind}: ${rows(open)} changed so often that they could not be compared\n`;
  }
  for (const { table: name, column, rows: count } of dangling) yield `\nmirror.${name}: ${rows(count)} with a ${column} that is not there\n`;
  yield* listed('Rucio could not tell about', untold);
  yield* listed('set aside:', setAside);
}

function* listed(title: string, { count, rows: named }: VerifyReport['setAside']): Generator<string> {
  if (count) yield `\n${title} ${rows(count)}\n${named.map(({ table: name, key, reason }) => `  ${name} ${key}: ${reason}\n`).join('')}`;
  if (count > named.length) yield `  and ${rows(count - named.length)} more\n`;
}

function repairedText({ repaired }: VerifyReport): string {
  if (!repaired) return '';
  const left = [...(repaired.left ? [`${rows(repaired.left)} still ${repaired.left === 1 ? 'differs' : 'differ'}`] : []), ...(repaired.setAside ? [`${rows(repaired.setAside)} still set aside`] : [])];
  return `Repaired: ${[`${rows(repaired.rows)} ${repaired.rows === 1 ? 'is' : 'are'} as in Rucio now`, ...left].join(', ')}.\n`;
}

/** A report for people to read: counts first, then what differs, the verdict last. */
export function verifyText(report: VerifyReport): string {
  const differing = report.kinds.reduce((sum, kind) => sum + kind.differing, 0) + report.dangling.reduce((sum, one) => sum + one.rows, 0);
  const open = report.kinds.reduce((sum, kind) => sum + kind.open, 0) + report.untold.count;
  const verdict = [
    differing ? `${rows(differing)} ${differing === 1 ? 'differs' : 'differ'}` : 'Nothing differs',
    report.setAside.count ? `${rows(report.setAside.count)} set aside` : 'nothing is set aside',
    ...(open ? [`${rows(open)} could not be compared`] : []),
  ].join(', ');
  return `${[...sections(report)].join('')}\n${verdict}.\n${repairedText(report)}`;
}
