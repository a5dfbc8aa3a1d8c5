import { createHmac } from 'node:crypto';
import { SIGNATURE } from '../src/domain/cursor.js';
import type { Child, ServerChild } from './child.js';
import { documentText, type Operation } from './operations.js';

const TIMEOUT_MS = 120_000;

/** Posts one GraphQL request, with its token if there is one, and gives the answer, parsed. Throws when it has errors. */
export async function ask({ url, token }: Pick<ServerChild, 'url'> & Partial<Pick<ServerChild, 'token'>>, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const answer = await response.json() as { errors?: unknown };
  if (!response.ok || answer.errors) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(answer).slice(0, 1000)}`);
  return answer;
}

/** A cursor of the list that dipper was asked for last, with any keys. */
async function cursorAt(keys: readonly (string | null)[], server: Child): Promise<string> {
  const key = Buffer.from(await server.next((message) => (message as { key?: string }).key, { key: true }), 'hex');
  const content = Buffer.from(JSON.stringify([null, ...keys]));
  return Buffer.concat([content, createHmac('sha256', key).update(content).digest().subarray(0, SIGNATURE)]).toString('base64url');
}

/** The bodies of an operation's requests, one for each set of variables; with cursors for those that go on from deep inside. */
export async function requestBodies(server: ServerChild, operation: Operation): Promise<string[]> {
  const query = documentText(operation);
  const bodies: string[] = [];
  for (const variables of operation.variables) {
    const plain = JSON.stringify({ query, variables });
    if (!operation.after) { bodies.push(plain); continue; }
    await ask(server, plain);
    bodies.push(JSON.stringify({ query, variables: { ...variables, after: await cursorAt(operation.after, server) } }));
  }
  return bodies;
}
