/** Not yet in TypeScript's library: https://github.com/tc39/proposal-json-parse-with-source */
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context?: { source: string }) => unknown): unknown;
  rawJSON?: (text: string) => unknown;
}

/**
 * Reads JSON so that JSON.stringify gives back integers beyond 2^53 digit by digit: sums of bytes get there at 9 PB.
 * An older browser rounds them, as it always did. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  const json: JsonWithSource = JSON;
  return json.parse(text, (_key, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && json.rawJSON && context ? json.rawJSON(context.source) : value);
}
