import { Pool } from 'undici';

/** What the load generator is told to do: the requests are taken in turn, over so many connections. */
export interface Load {
  readonly url: string;
  /** Sent with each request. */
  readonly token?: string | undefined;
  readonly requests: readonly { readonly path: string; readonly body?: string }[];
  readonly count: number;
  readonly connections: number;
}
export interface LoadResult { readonly seconds: number; readonly p50: number; readonly p95: number; readonly bytes: number }

const TIMEOUT_MS = 60_000;

/** Sends the requests; throws at the first answer that is not a plain success. */
async function run({ url, token, requests, count, connections }: Load): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1, bodyTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS });
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const times: number[] = [];
  let [next, bytes] = [0, 0];
  const one = async () => {
    while (next < count) {
      const request = requests[next++ % requests.length]!;
      const begun = performance.now();
      const { statusCode, body } = await pool.request(request.body === undefined
        ? { path: request.path, method: 'GET' } : { path: request.path, method: 'POST', body: request.body, headers });
      const answer = Buffer.from(await body.arrayBuffer());
      times.push(performance.now() - begun);
      bytes += answer.length;
      if (statusCode !== 200 || answer.subarray(0, 10).includes('errors')) throw new Error(`${url}${request.path} answered ${statusCode}: ${answer.toString().slice(0, 500)}`);
    }
  };
  const start = performance.now();
  try {
    await Promise.all(Array.from({ length: connections }, one));
  } finally {
    await pool.destroy();
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { seconds: (performance.now() - start) / 1000, p50: at(0.5), p95: at(0.95), bytes: bytes / count };
}

// A process of its own, so that its CPU is nobody else's. One job at a time, told and answered over IPC.
process.on('message', (load: Load) => {
  run(load).then((result) => process.send!({ result }), (error: unknown) => process.send!({ error: String(error) }));
});
process.on('disconnect', () => { process.exit(0); });
