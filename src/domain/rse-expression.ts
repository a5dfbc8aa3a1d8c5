import { DipperError } from '../errors.js';

/** Longest expression that Rucio can store. */
const MAX_LENGTH = 3000;
const MAX_NESTING = 100;

const booleanColumns = ['deterministic', 'volatile', 'staging_area', 'availability_read', 'availability_write', 'availability_delete'] as const;
const textColumns = ['rse', 'vo', 'qos_class', 'city', 'region_code', 'country_name', 'continent', 'time_zone', 'ISP', 'ASN'] as const;
/** Rucio hides attributes of these names behind columns that it then fails to compare. */
const closedColumns = new Set(['id', 'availability', 'latitude', 'longitude', 'usage', 'deleted', 'deleted_at', 'created_at', 'updated_at']);

/** Columns of an RSE that `key` and `key=value` read in place of an attribute; `rse` is its name. */
export type RseColumn = (typeof booleanColumns)[number] | (typeof textColumns)[number] | 'rse_type';

/** What an expression can ask of an RSE. Deleted RSEs are not to be given. */
export interface RseFacts {
  name: string;
  /** As Rucio keeps them, the RSE's own name among them; 'true' and 'false' stand for booleans. */
  attributes: Readonly<Record<string, string | boolean | null>>;
  columns: Readonly<Partial<Record<RseColumn, string | boolean | null>>>;
}

type Operand =
  | { kind: 'all' }
  | { kind: 'column'; key: RseColumn; value: string | boolean }
  | { kind: 'attribute'; key: string; value: string }
  | { kind: 'less' | 'greater'; key: string; bound: number }
  | { kind: 'group'; expression: RseExpression };
type Operator = '|' | '&' | '\\';

/** Terms joined from left to right: no operator binds tighter than another. */
export interface RseExpression {
  first: Operand;
  rest: { operator: Operator; operand: Operand }[];
}

const token = /(?<comparison>(?<key>[A-Za-z0-9._-]+)(?<sign>[=<>])(?<value>[A-Za-z0-9_-]+))|(?<name>[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*)|(?<all>\*)/y;

/** Reads an RSE expression by Rucio's grammar. Throws BAD_USER_INPUT where Rucio sees none. */
export function parseRseExpression(text: string): RseExpression {
  if (text.length > MAX_LENGTH) refuse(`The RSE expression is longer than ${MAX_LENGTH} characters.`);
  const reader = { text, at: 0 };
  const expression = readExpression(reader, 0);
  if (reader.at < text.length) refuse(`The RSE expression is wrong at character ${reader.at + 1}: ${text[reader.at] === ')' ? 'no parenthesis is open' : 'an operator (| & \\) is missing'}.`);
  return expression;
}

/** Names of those of the RSEs that the expression picks; none is an empty set, not an error as in Rucio's REST interface. */
export function evaluateRseExpression(expression: RseExpression, rses: readonly RseFacts[]): Set<string> {
  return new Set(rses.filter((rse) => matches(expression, rse)).map((rse) => rse.name));
}

interface Reader { text: string; at: number }

function readExpression(reader: Reader, depth: number): RseExpression {
  const first = readOperand(reader, depth);
  const rest: RseExpression['rest'] = [];
  for (let operator = reader.text[reader.at]; operator === '|' || operator === '&' || operator === '\\'; operator = reader.text[reader.at]) {
    reader.at += 1;
    rest.push({ operator, operand: readOperand(reader, depth) });
  }
  return { first, rest };
}

function readOperand(reader: Reader, depth: number): Operand {
  if (reader.text[reader.at] === '(') return readGroup(reader, depth + 1);
  token.lastIndex = reader.at;
  const found = token.exec(reader.text)?.groups;
  if (!found) refuse(`The RSE expression is wrong at character ${reader.at + 1}: an RSE, an attribute, * or ( is missing.`);
  reader.at = token.lastIndex;
  if (found['all']) return { kind: 'all' };
  if (found['name'] !== undefined) return equality(found['name'], true);
  const key = found['key']!;
  const value = found['value']!;
  if (found['sign'] === '=') return equality(key, value);
  // Text that is no number compares as NaN: never smaller, never larger.
  return { kind: found['sign'] === '<' ? 'less' : 'greater', key, bound: toNumber(value) };
}

function readGroup(reader: Reader, depth: number): Operand {
  if (depth > MAX_NESTING) refuse(`The RSE expression nests deeper than ${MAX_NESTING} parentheses.`);
  reader.at += 1;
  const expression = readExpression(reader, depth);
  if (reader.text[reader.at] !== ')') refuse(`The RSE expression is wrong at character ${reader.at + 1}: an operator or a closing parenthesis is missing.`);
  reader.at += 1;
  return { kind: 'group', expression };
}

function equality(key: string, value: string | true): Operand {
  if (isOneOf(booleanColumns, key)) return { kind: 'column', key, value: value === true || booleanOf(key, value) };
  if (key === 'rse_type') {
    if (value !== 'DISK' && value !== 'TAPE') refuse('In an RSE expression, rse_type is compared with DISK or TAPE.');
    return { kind: 'column', key, value };
  }
  if (isOneOf(textColumns, key)) {
    if (value === true) refuse(`In an RSE expression, ${key} needs a value, as in ${key}=value.`);
    return { kind: 'column', key, value };
  }
  if (closedColumns.has(key)) refuse(`An RSE expression cannot compare ${key}.`);
  return { kind: 'attribute', key, value: attributeText(value) };
}

function booleanOf(key: string, value: string): boolean {
  if (/^(1|true)$/i.test(value)) return true;
  if (/^(0|false)$/i.test(value)) return false;
  return refuse(`In an RSE expression, ${key} is compared with true or false.`);
}

function matches({ first, rest }: RseExpression, rse: RseFacts): boolean {
  let picked = holds(first, rse);
  for (const { operator, operand } of rest) {
    // Each side is worked out whatever the other says, so that a column that is missing is always told.
    const also = holds(operand, rse);
    picked = operator === '|' ? picked || also : operator === '&' ? picked && also : picked && !also;
  }
  return picked;
}

function holds(operand: Operand, rse: RseFacts): boolean {
  switch (operand.kind) {
    case 'all': return true;
    case 'group': return matches(operand.expression, rse);
    case 'column': return columnOf(rse, operand.key) === operand.value;
    case 'attribute': return attributeOf(rse, operand.key) === operand.value;
    case 'less': return numberOf(rse, operand.key) < operand.bound;
    case 'greater': return numberOf(rse, operand.key) > operand.bound;
  }
}

function columnOf(rse: RseFacts, key: RseColumn): string | boolean | null {
  if (key === 'rse') return rse.name;
  const value = rse.columns[key];
  if (value === undefined) refuse(`An RSE expression cannot compare ${key} here.`);
  return value;
}

function attributeOf(rse: RseFacts, key: string): string | undefined {
  const value = Object.hasOwn(rse.attributes, key) ? rse.attributes[key] : undefined;
  return value === undefined || value === null ? undefined : attributeText(value);
}

/** true counts as 1 and false as 0, as in Rucio. */
function numberOf(rse: RseFacts, key: string): number {
  const text = attributeOf(rse, key);
  if (text === undefined) return Number.NaN;
  return text === 'true' ? 1 : text === 'false' ? 0 : toNumber(text);
}

/** Rucio keeps booleans, and texts that look like them, as lower-case words. */
function attributeText(value: string | boolean): string {
  const text = String(value);
  return /^(true|false)$/i.test(text) ? text.toLowerCase() : text;
}

const number = /^[+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const infinity = /^([+-]?)inf(?:inity)?$/i;

/** The text as Python's float() reads it; NaN where that refuses. */
function toNumber(text: string): number {
  const bare = text.trim();
  const infinite = infinity.exec(bare);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return number.test(bare) ? Number(bare.replaceAll('_', '')) : Number.NaN;
}

function isOneOf<T extends string>(list: readonly T[], key: string): key is T {
  return (list as readonly string[]).includes(key);
}

function refuse(message: string): never {
  throw new DipperError('BAD_USER_INPUT', message);
}
