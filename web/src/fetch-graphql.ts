import { Kind, parse } from 'graphql';
import { parseExactly } from './parse-exactly.js';

interface Operation { query: string; operationName?: string | null; variables?: unknown }

/** Sends one operation to the gateway that served the page, with the headers that the user typed. */
export async function fetchGraphql(operation: Operation, options?: { headers?: Record<string, unknown> }): Promise<object> {
  const response = await fetch('/graphql', {
    method: 'POST',
    // A JSON content type is what lets the request pass the gateway's guard against cross-site requests.
    headers: { ...textHeaders(options?.headers), accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(isAlone(operation.query) ? { ...operation, operationName: undefined } : operation),
  });
  const text = await response.text();
  const answer = readJson(text);
  if (typeof answer === 'object' && answer !== null) return answer;
  return { errors: [{ message: `The gateway answered with HTTP status ${response.status} and no JSON: ${text.slice(0, 500)}` }] };
}

/** Whether the document has one operation. It needs no name then, and right after a click on a tab GraphiQL names that of the tab before. */
function isAlone(query: string): boolean {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  } catch {
    return false; // the gateway says what is wrong with it
  }
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
