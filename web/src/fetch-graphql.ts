import { parseExactly } from './parse-exactly.js';

/** Sends one operation to the gateway that served the page, with the headers that the user typed. */
export async function fetchGraphql(operation: object, options?: { headers?: Record<string, unknown> }): Promise<object> {
  const response = await fetch('/graphql', {
    method: 'POST',
    // A JSON content type is what lets the request pass the gateway's guard against cross-site requests.
    headers: { ...textHeaders(options?.headers), accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  const answer = readJson(text);
  if (typeof answer === 'object' && answer !== null) return answer;
  return { errors: [{ message: `The gateway answered with HTTP status ${response.status} and no JSON: ${text.slice(0, 500)}` }] };
}

function textHeaders(headers: Record<string, unknown> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function readJson(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}
