import { afterEach, describe, expect, it } from 'vitest';
import type { CallReport } from '../../../../src/datasources/rucio/exchange.js';
import { all, fileRow, ndjson, stub, type Handler, type Stub } from './stub.js';

const did = { scope: 'acada', name: '/ctao/acada/a' };
const didJson = JSON.stringify({ ...did, type: 'FILE', account: 'root', bytes: 5, length: 1, adler32: '00c0ffee', md5: null });
const ok: Handler = (_, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(didJson);

let server: Stub;
afterEach(() => server.close());

const refusal = (status: number, exceptionClass: string, message = 'at db-3.internal.example.org, line 7'): Handler => (_, response) => {
  response.writeHead(status, { ExceptionClass: exceptionClass, ExceptionMessage: message }).end(JSON.stringify({ ExceptionClass: exceptionClass, ExceptionMessage: message }));
};

describe('login', () => {
  it('is made once for all who ask at the same time, and used again', async () => {
    server = await stub(ok);
    await Promise.all(Array.from({ length: 20 }, () => server.rucio.did(did)));
    await server.rucio.did(did);
    expect(server.seen.filter((call) => call.includes('/auth/'))).toHaveLength(1);
    expect(server.seen).toHaveLength(22);
  });

  it('case 69: is made again, once, when Rucio refuses the token', async () => {
    server = await stub((request, response, body) => (request.headers['x-rucio-auth-token'] === 'token-1' ? refusal(401, 'CannotAuthenticate') : ok)(request, response, body));
    const found = await Promise.all(Array.from({ length: 5 }, () => server.rucio.did(did)));
    expect(found.every((row) => row?.bytes === '5')).toBe(true);
    expect(server.seen.filter((call) => call.includes('/auth/'))).toHaveLength(2);
  });

  it('is not made for ever', async () => {
    server = await stub(refusal(401, 'CannotAuthenticate'));
    await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: "Rucio does not accept dipper's own login." });
    expect(server.seen).toHaveLength(4);
  });

  it('does not mend what the account may not do', async () => {
    server = await stub(refusal(401, 'AccessDenied'));
    await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(server.seen).toHaveLength(2);
  });
});

describe('an answer that is an error', () => {
  it.each([
    [500, 'DatabaseException', 'UPSTREAM_UNAVAILABLE'],
    [503, 'DatabaseException', 'UPSTREAM_UNAVAILABLE'],
    [500, 'InvalidObject', 'BAD_USER_INPUT'],
    [400, 'InvalidRSEExpression', 'BAD_USER_INPUT'],
    [429, '', 'RATE_LIMIT'],
    [404, '', 'UPSTREAM_UNAVAILABLE'],
    [302, '', 'UPSTREAM_UNAVAILABLE'],
  ])('%i %s is %s, and what Rucio said is for the log', async (status, exceptionClass, code) => {
    server = await stub(refusal(status, exceptionClass));
    const error: Error = await server.rucio.did(did).then(() => expect.fail('no error'), (reason: Error) => reason);
    expect(error).toMatchObject({ code });
    expect(error.message).not.toMatch(/example\.org|line 7|127\.0\.0\.1/);
    expect(String(error.cause)).toContain(String(status));
  });

  it('is null where one thing is asked for that Rucio does not know', async () => {
    server = await stub(refusal(404, 'DataIdentifierNotFound'));
    expect(await server.rucio.did(did)).toBeNull();
    expect(await all(server.rucio.content(did))).toEqual([]);
  });

  it("case 64: is told from a proxy's page with 200", async () => {
    server = await stub((_, response) => response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<html>Sign in</html>'));
    await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    await expect(all(server.rucio.replicas([did]))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  it('is told from an answer that is not as Rucio makes them', async () => {
    server = await stub((_, response) => response.writeHead(200, ndjson).end(fileRow('/a', { states: { PIC: 'FINE' } })));
    await expect(all(server.rucio.replicas([did]))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: "Rucio's answer cannot be understood." });
  });
});

describe('a stream', () => {
  it.each<[string, Handler, string]>([
    ['that is cut', (_, response) => { response.writeHead(200, ndjson).write(fileRow('/a')); setTimeout(() => response.destroy(), 50); }, 'UPSTREAM_TRUNCATED'],
    ['that ends within a line', (_, response) => response.writeHead(200, ndjson).end(fileRow('/a') + fileRow('/b').slice(0, 30)), 'UPSTREAM_TRUNCATED'],
    ['that is shorter than was said', (_, response) => { response.writeHead(200, { ...ndjson, 'Content-Length': 10_000 }).write(fileRow('/a')); setTimeout(() => response.destroy(), 50); }, 'UPSTREAM_TRUNCATED'],
    ['that stalls', (_, response) => { response.writeHead(200, ndjson).write(fileRow('/a')); }, 'TIMEOUT'],
  ])('%s gives what came, and then the error', async (_, handler, code) => {
    server = await stub(handler);
    const rows = server.rucio.replicas([did]);
    expect((await rows.next()).value).toMatchObject({ name: '/a', replicas: [{ rse: 'DESY', state: 'BAD', pfn: null }, { rse: 'PIC', state: 'AVAILABLE', pfn: 'davs://pic/x' }] });
    await expect(rows.next()).rejects.toMatchObject({ code });
  });

  it('that is left early is closed', async () => {
    let closed = false;
    server = await stub((_, response) => {
      const more = setInterval(() => response.write(fileRow('/a')), 5);
      response.writeHead(200, ndjson).on('close', () => { closed = true; clearInterval(more); });
    });
    for await (const row of server.rucio.replicas([did])) {
      expect(row.name).toBe('/a');
      break;
    }
    await expect.poll(() => closed).toBe(true);
  });
});

describe('Rucio out of reach', () => {
  it('is told in time', async () => {
    server = await stub(() => undefined);
    const start = performance.now();
    await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(performance.now() - start).toBeLessThan(1500);
    expect(server.seen).toHaveLength(2);
  });

  it('ends a wait whose caller has gone', async () => {
    server = await stub(() => undefined, { timeoutMs: 10_000 });
    const gone = new AbortController();
    setTimeout(() => gone.abort(new Error('gone')), 50);
    await expect(server.rucio.did(did, { signal: gone.signal })).rejects.toThrow('gone');
    await expect(server.rucio.did(did, { signal: AbortSignal.abort(new Error('gone before')) })).rejects.toThrow('gone before');
  });

  it('is tried again when the connection is lost before an answer', async () => {
    let attempts = 0;
    server = await stub((request, response, body) => (++attempts < 3 ? request.socket.destroy() : ok(request, response, body)));
    expect(await server.rucio.did(did)).toMatchObject(did);
    expect(attempts).toBe(3);
  });

  it('is left alone after some failures, and found again', async () => {
    const reports: CallReport[] = [];
    server = await stub(ok, { onCall: (report) => reports.push(report) });
    await server.rucio.did(did);
    await server.stop();
    for (let at = 0; at < 3; at += 1) await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: 'Rucio cannot be reached now.' });
    const before = reports.length;
    await expect(server.rucio.did(did)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', message: 'Rucio cannot be reached now.' });
    expect(reports).toHaveLength(before);
    await server.start();
    await expect.poll(() => server.rucio.did(did).catch(() => null), { timeout: 5000 }).toMatchObject(did);
  });

  it('is not what errors about one question mean', async () => {
    server = await stub(refusal(500, 'DatabaseException'));
    for (let at = 0; at < 8; at += 1) await expect(server.rucio.did(did)).rejects.toMatchObject({ message: 'Rucio could not answer.' });
    server.answer(ok);
    expect(await server.rucio.did(did)).toMatchObject(did);
  });

  it('does not follow from callers who leave', async () => {
    server = await stub(() => undefined, { timeoutMs: 10_000 });
    for (let at = 0; at < 8; at += 1) await server.rucio.did(did, { signal: AbortSignal.timeout(20) }).catch(() => undefined);
    server.answer(ok);
    expect(await server.rucio.did(did)).toMatchObject(did);
  });
});

describe('load', () => {
  it('is kept within bounds, and reported', async () => {
    let now = 0;
    let most = 0;
    const reports: CallReport[] = [];
    server = await stub((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => { now -= 1; response.end(didJson); }, 20);
    }, { maxConcurrency: 3, onCall: (report) => reports.push(report), timeoutMs: 5000 });
    await Promise.all(Array.from({ length: 12 }, () => server.rucio.did(did)));
    expect(most).toBe(3);
    expect(reports).toHaveLength(13);
    expect(reports.at(-1)).toEqual({ method: 'GET', path: '/dids/acada//ctao/acada/a', status: 200, milliseconds: expect.any(Number) });
  });
});
