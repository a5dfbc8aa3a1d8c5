import { documentText, type Operation } from './operations.js';

const TIMEOUT_MS = 120_000;

/** Posts one GraphQL request and gives the answer, parsed. Throws when it has errors. */
export async function ask(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const answer = await response.json() as { errors?: unknown };
  if (!response.ok || answer.errors) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answer).slice(0, 1000)}`);
  return answer;
}

/** A cursor of the same list with other keys. */
function movedCursor(cursor: string, keys: readonly (string | null)[]): string {
  const [digest, list] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
  return Buffer.from(JSON.stringify([digest, list, ...keys])).toString('base64url');
}

interface Pages { readonly data: { readonly files: { readonly pageInfo: { readonly endCursor: string } } } }

/** The bodies of an operation's requests, one for each set of variables; with cursors for those that go on from deep inside. */
export async function requestBodies(url: string, operation: Operation): Promise<string[]> {
  const query = documentText(operation);
  const bodies: string[] = [];
  for (const variables of operation.variables) {
    const plain = JSON.stringify({ query, variables });
    if (!operation.after) { bodies.push(plain); continue; }
    const { data } = await ask(url, plain) as Pages;
    bodies.push(JSON.stringify({ query, variables: { ...variables, after: movedCursor(data.files.pageInfo.endCursor, operation.after) } }));
  }
  return bodies;
}
