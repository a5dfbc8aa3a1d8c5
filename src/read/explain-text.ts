import { stringify } from 'lossless-json';
import type { FileAccess } from './explain-access.js';
import type { Explanation } from './explain.js';

const count = (number: number) => number.toLocaleString('en');
const files = (number: number) => `${count(number)} ${number === 1 ? 'file' : 'files'}`;
const LONGEST_VALUE = 200;

/** Texts and quoted names stay whole. */
const tokens = /\/\*.*?\*\/|E?'(?:[^']|'')*'|(?:"(?:[^"]|"")*"|[\w$#.:*])+|[()]|[^\s\w()'"]+/gs;
const clause = /^(with|select|from|where|left|cross|order|group|limit|union)$/i;
const keyword = /^(with|select|from|where|and|or|not|in|as|all|any|on|by|join|lateral|materialized|exists|limit|union|case|when|then|else)$/i;

/** SQL with a line for each clause; subqueries are set in. */
function lines(sql: string): string[] {
  const words = (sql.match(tokens) ?? []).filter((word) => !word.startsWith('/*'));
  const found: string[] = [];
  const isQuery: boolean[] = []; // of each open bracket
  let line = '';
  const end = () => {
    if (line.trim() !== '') found.push(line.trimEnd());
    line = '  '.repeat(isQuery.filter(Boolean).length);
  };
  words.forEach((word, index) => {
    const [last = '', next = ''] = [words[index - 1], words[index + 1]];
    if (word === ')' && isQuery.pop()) end();
    if (clause.test(word) && (isQuery.at(-1) ?? true) && last !== '(') end();
    const isGlued = last === '(' || word === ')' || /^(,|::)/.test(word) || (word === '(' && /[\w"]$/.test(last) && !keyword.test(last));
    line += line.trim() === '' || isGlued ? word : ` ${word}`;
    if (word !== '(') return;
    isQuery.push(/^(with|select)$/i.test(next) && words[index + 2] !== ')');
    if (isQuery.at(-1)) end();
  });
  end();
  return found;
}

function describe({ indexes, found, backwards, checked, sorted, files: reached }: FileAccess): string {
  const direction = backwards ? ', walked backwards' : '';
  const way = indexes.length === 0 ? 'no index: all files are read'
    : found.length > 0 ? `${indexes.join(' with ')}${direction}: ${found.join(' ')}` : `${indexes.join(' with ')}${direction}: the whole of it, for its order`;
  const order = { no: 'in order', ties: 'in order but for ties, which are sorted', all: 'all of them sorted afterwards' }[sorted];
  return `${way}\n             leads to about ${files(reached)}, ${order}${checked === null ? '' : `\n             each is checked: ${checked}`}`;
}

function valueText(value: unknown): string {
  const text = stringify(value) ?? 'null';
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE).toWellFormed()}...` : text;
}

/** An explanation as lines of text. */
export function explainText({ filter, orderBy, first, sql, values, files: { all, matching }, accesses, lookedAt, conditions, cost, reason, warnings }: Explanation): string {
  const width = Math.max(0, ...conditions.map(({ condition }) => condition.length));
  return [
    `filter       ${filter}`,
    `order        ${[...orderBy, 'scope, name'].join(', ')}`,
    `page         ${files(first)}`,
    `matching     about ${count(matching)} of ${files(all)}`,
    ...accesses.map((access, index) => `${index === 0 ? 'found by' : 'then by'.padEnd(8)}     ${describe(access)}`),
    ...(accesses.length === 0 ? ['found by     nothing: no file can match'] : []),
    `looked at    about ${files(lookedAt.page)} for a page, ${count(lookedAt.most)} at most`,
    `cost         ${cost}: ${reason}`,
    ...(conditions.length === 0 ? [] : ['', 'conditions, each alone', ...conditions.map(({ condition, files: number, indexed }) => `  ${condition.padEnd(width)}  ${indexed ? 'index   ' : 'no index'}  about ${files(number)}`)]),
    ...(warnings.length === 0 ? [] : ['', 'warnings', ...warnings.map((warning) => `  - ${warning}`)]),
    '', 'SQL', ...lines(sql).map((line) => `  ${line}`),
    ...(values.length === 0 ? [] : ['', 'values', ...values.map((value, index) => `  $${index + 1} = ${valueText(value)}`)]),
    '',
  ].join('\n');
}
