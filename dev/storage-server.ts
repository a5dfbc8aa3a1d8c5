import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Service } from './processes.js';

/** The path below `root` that a URL names, with symbolic links followed; undefined for anything outside of it. */
async function resolve(root: string, url: string): Promise<string | undefined> {
  try {
    const wanted = decodeURIComponent(url.split('?', 1)[0] ?? '/');
    if (wanted.includes('\0')) return undefined;
    const base = await realpath(root);
    const file = await realpath(path.join(base, wanted));
    return file.startsWith(base + path.sep) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** One range, both ends included; 'whole' where the header asks for nothing this server knows; undefined where it cannot be met. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | 'whole' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return 'whole';
  return start <= end ? { start, end } : undefined;
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refuse = (status: number, headers: Record<string, string> = {}) => { response.writeHead(status, { 'content-length': 0, ...headers }).end(); };
  if (request.method !== 'GET' && request.method !== 'HEAD') { refuse(405, { allow: 'GET, HEAD' }); return; }
  const file = await resolve(root, request.url ?? '/');
  const info = file === undefined ? undefined : await stat(file);
  if (file === undefined || !info?.isFile()) { refuse(404); return; }
  const range = rangeOf(request.headers.range, info.size);
  if (range === undefined) { refuse(416, { 'content-range': `bytes */${info.size}` }); return; }
  const { start, end } = range === 'whole' ? { start: 0, end: info.size - 1 } : range;
  response.writeHead(range === 'whole' ? 200 : 206, {
    'content-type': 'application/octet-stream', 'content-length': end - start + 1, 'accept-ranges': 'bytes', 'last-modified': info.mtime.toUTCString(),
    ...(range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end}/${info.size}` }),
  });
  if (request.method === 'HEAD' || info.size === 0) { response.end(); return; }
  await pipeline(createReadStream(file, { start, end }), response);
}

/** Serves `<root>/<RSE>/<path>` read-only on loopback: the files of all RSEs, until real storage servers do. */
export function storageServer(root: string, port: number): Service {
  let server: Server | undefined;
  return {
    name: 'storage',
    get pid() { return server && process.pid; },
    async start() {
      if (server) return;
      const created = createServer((request, response) => { answer(root, request, response).catch(() => { response.destroy(); }); });
      await new Promise<void>((done, fail) => { created.once('error', fail).listen(port, '127.0.0.1', done); });
      server = created;
    },
    async stop() {
      const closing = server;
      server = undefined;
      closing?.closeAllConnections();
      await new Promise<void>((done) => { if (closing) closing.close(() => { done(); }); else done(); });
    },
  };
}
