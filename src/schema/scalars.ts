import { GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import { isDateTime } from '../domain/date-time.js';
import { faultOf } from '../domain/json-value.js';
import { isStorableText } from '../domain/storable-text.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

function refuse(message: string): never {
  throw new TypeError(message); // graphql-js says where it stands
}

/** Digits of a 64-bit integer, as text: what Postgres takes without loss. */
function bigIntText(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    refuse(`${value} is not an integer that JSON carries exactly; write it as a string of digits.`);
  }
  const text = typeof value === 'bigint' || typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,19}$/.test(text)) refuse('A BigInt is a whole number or a string of digits.');
  const integer = BigInt(text);
  if (integer < MIN || integer > MAX) refuse(`${text} does not fit into 64 bits.`);
  return String(integer);
}

export const BigIntScalar = new GraphQLScalarType<string, unknown>({
  name: 'BigInt',
  description: '64-bit integer, on output always an exact JSON number, beyond 2^53 too; on input a literal, a safe JSON number or a string of digits (an unsafe JSON number is BAD_USER_INPUT).',
  serialize: (value) => (typeof value === 'string' ? BigInt(value) : value),
  parseValue: bigIntText,
  parseLiteral: (node) => (node.kind === Kind.INT || node.kind === Kind.STRING ? bigIntText(node.value) : refuse('A BigInt is a whole number or a string of digits.')),
});

function dateTime(value: unknown): string {
  if (typeof value !== 'string' || !isDateTime(value)) refuse('A DateTime is written as RFC 3339 has it, such as 2026-11-23T20:15:00Z.');
  if (/\.\d{6}\d*[1-9]/.test(value)) refuse('A DateTime is exact to the microsecond: at most six digits after the point.'); // Postgres would round it
  return value;
}

export const DateTimeScalar = new GraphQLScalarType<string, unknown>({
  name: 'DateTime',
  description: 'RFC 3339 date and time, in UTC on output.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value instanceof Date ? value.toISOString() : value),
  parseValue: dateTime,
  parseLiteral: (node) => dateTime(node.kind === Kind.STRING ? node.value : undefined),
});

function lfn(value: unknown): string {
  if (typeof value !== 'string' || !isStorableText(value)) refuse('An LFN is text.');
  return value;
}

export const LfnScalar = new GraphQLScalarType<string, string>({
  name: 'LFN',
  description: "Logical file name, which is the DID's name in Rucio; in the CTAO profile the absolute path `/<vo>/<scope>/<path>`, from which the scope follows. On input `<scope>:<lfn>` is accepted too and refused if the scope disagrees.",
  serialize: (value) => String(value),
  parseValue: lfn,
  parseLiteral: (node) => lfn(node.kind === Kind.STRING ? node.value : undefined),
});

function json(value: unknown): unknown {
  const fault = faultOf(value);
  return fault ? refuse(`The value ${fault}.`) : value;
}

/** The value of a literal, with all its digits. */
function literal(node: ValueNode, variables: Readonly<Record<string, unknown>> | null | undefined): unknown {
  switch (node.kind) {
    case Kind.INT: return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : BigInt(node.value);
    case Kind.FLOAT: return Number.isInteger(Number(node.value)) && !Number.isSafeInteger(Number(node.value)) ? refuse(`${node.value} is not exact: write all digits of a whole number, without point and exponent.`) : Number(node.value);
    case Kind.ENUM: return refuse(`${node.value} is no JSON value; a text stands in quotes.`);
    case Kind.LIST: return node.values.map((one) => literal(one, variables));
    case Kind.OBJECT: return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, literal(value, variables)]));
    case Kind.VARIABLE: return variables ? variables[node.name.value] : null; // while a document is validated, nothing is known of their values
    default: return valueFromASTUntyped(node);
  }
}

export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: json,
  parseLiteral: (node, variables) => json(literal(node, variables)),
});

export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'Address of a resource, such as https://host:443/path or root://host//path.',
  serialize: (value) => String(value),
  parseValue: (value) => (typeof value === 'string' ? value : refuse('A URL is text.')),
});
