import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
type Asked = Readonly<Record<string, readonly string[]>>;
let registry: Server | undefined;

afterEach(() => {
  registry?.closeAllConnections();
  registry?.close();
});

/** A registry that answers questions for advisories by a function: with a body, or never. */
async function startRegistry(answer: (asked: Asked) => string | undefined, status = 200): Promise<string> {
  registry = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => {
      const body = Buffer.concat(chunks);
      if (request.method !== 'POST' || !request.url!.endsWith('/advisories/bulk')) response.writeHead(404).end('{}');
      else {
        const text = answer(JSON.parse((body[0] === 0x1f ? gunzipSync(body) : body).toString()) as Asked);
        if (text !== undefined) response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      }
    });
  });
  await new Promise<void>((resolve) => { registry!.listen(0, '127.0.0.1', resolve); });
  return `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
}

const audit = (url: string) => new Promise<{ code: unknown; said: string }>((resolve) => {
  const { npm_execpath: _, ...env } = process.env;
  execFile(process.execPath, ['dev/audit.mjs', '--seconds', '5'], { cwd: root, env: { ...env, npm_config_registry: url } }, (error, said) => { resolve({ code: error === null ? 0 : error.code, said }); });
});

const advisory = (name: string) => JSON.stringify({ [name]: [{ id: 1, url: 'https://example.org/advisory', title: 'It gives in', severity: 'high', vulnerable_versions: '<99', cwe: [], cvss: { score: 0 } }] });
const isCanary = (asked: Asked) => asked['minimist']?.includes('0.0.8') === true;
const knowing = (rest: string | undefined) => (asked: Asked) => (isCanary(asked) ? advisory('minimist') : rest);

describe('npm run audit', () => {
  it('ends with 0 where there are no known faults', async () => {
    const { code, said } = await audit(await startRegistry(knowing('{}')));
    expect(said).toMatch(/^clean: no known faults in \d{4} packages of 3 locks\n$/);
    expect(code).toBe(0);
  });

  it('ends with 1 where there are some, and names them', async () => {
    const { code, said } = await audit(await startRegistry((asked) => ('fastify' in asked ? advisory('fastify') : knowing('{}')(asked))));
    expect(said).toMatch(/^found: \d+ packages/);
    expect(said).toContain('  .: fastify: high; It gives in (https://example.org/advisory)\n');
    expect(said).toContain('bench/peers/mercurius: fastify: high');
    expect(code).toBe(1);
  });

  it.each([
    ['there is no such endpoint', () => '', 405],
    ['the registry breaks', knowing('{"error": "no"}'), 500],
    ['the registry has no advisories at all', () => '{}', 200],
    ['it answers garbage', () => '<html>Welcome</html>', 200],
    ['it answers garbage after a good start', knowing('<html>Welcome</html>'), 200],
    ['it never answers', () => undefined, 200],
  ])('ends with 2 where %s', async (_case, answer, status) => {
    const { code, said } = await audit(await startRegistry(answer, status));
    expect(said).toMatch(/^not available: .+\. This says nothing about the packages\.\n$/);
    expect(code).toBe(2);
  });

  it('ends with 2 where nobody listens', async () => {
    expect(await audit('http://127.0.0.1:9/')).toMatchObject({ code: 2, said: expect.stringContaining('not available') as string });
  });
});
