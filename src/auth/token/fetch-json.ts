import { request } from 'undici';

/** Longest wait for a whole answer of an issuer. */
const SECONDS = 5;
const MOST_BYTES = 256 * 1024;

/** The JSON object at an address. Follows no redirect. Throws where the answer is another one, is too long, or does not come in time. */
export async function fetchJson(url: string): Promise<Record<string, unknown>> {
  const { statusCode, body } = await request(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(SECONDS * 1000) });
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Buffer>) { // leaving the loop closes the connection
    bytes += part.length;
    if (statusCode !== 200 || bytes > MOST_BYTES) break;
    parts.push(part);
  }
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}.`);
  if (bytes > MOST_BYTES) throw new Error(`${url} answered more than ${MOST_BYTES} bytes.`);
  const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${url} answered no JSON object.`);
  return value as Record<string, unknown>;
}
