import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';

/** What can be wrong with a server, as its clients see it. */
export const troubles = ['down', 'slow', 'reset', 'garbage'] as const;
export type Trouble = (typeof troubles)[number];

export const SLOW_MS = 2_000;
/** Connections of a server that resets live so long at most. */
const RESET_WITHIN_MS = 200;

/** Garbage that any client can get; who speaks HTTP gets some that is well-formed, too, but not what any server of the stack says. */
const http = (type: string, body: string, length = body.length) => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${body}`);
const garbage: readonly (() => Buffer)[] = [() => randomBytes(300), () => randomBytes(20_000), () => Buffer.alloc(64)];
const httpGarbage: readonly (() => Buffer)[] = [
  ...garbage, () => http('text/html', '<h1>We are back soon.</h1>'), () => http('application/json', '{"garbage":[1,null]}'), () => http('application/x-json-stream', '{"garbage":'),
  () => http('application/x-json-stream', '7\n"garbage"\n'), () => http('application/json', '{"a":', 500),
];

/** A door before a server, on loopback, that can be in trouble in its place. */
export class Door {
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>();
  readonly #port: number;
  #trouble: Trouble | undefined;
  #answers = 0;
  #resets = 0;

  private constructor(private readonly server: Server, private readonly target: URL) {
    this.#port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => { this.#join(near); });
  }

  /** Opens a door to the server that the URL names. */
  static async open(url: string): Promise<Door> {
    const server = createServer();
    await new Promise<void>((done, fail) => { server.once('error', fail).listen(0, '127.0.0.1', done); });
    return new Door(server, new URL(url));
  }

  /** The server's URL with this door in its place. */
  get url(): string {
    const inside = new URL(this.target);
    Object.assign(inside, { hostname: '127.0.0.1', port: String(this.#port) });
    return inside.href.replace(/\/$/, '');
  }

  /** From now on the server is in this trouble, or in none. */
  async set(trouble: Trouble | undefined): Promise<void> {
    const was = this.#trouble;
    this.#trouble = trouble;
    if (trouble === 'down') {
      const closed = new Promise((done) => { this.server.close(done); });
      this.#endAll();
      await closed;
    }
    if (was === 'down') await new Promise<void>((done, fail) => { this.server.once('error', fail).listen(this.#port, '127.0.0.1', done); });
    if (trouble === 'reset') for (const pair of this.#pairs) this.#resetSoon(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => { this.server.close(done); });
    this.#endAll();
    await closed;
  }

  #endAll(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  #resetSoon([near, far]: readonly [Socket, Socket]): void {
    setTimeout(() => {
      if (!near.destroyed) near.resetAndDestroy();
      far.destroy();
    }, Math.random() * RESET_WITHIN_MS).unref();
  }

  #join(near: Socket): void {
    const far = createConnection({ host: this.target.hostname, port: Number(this.target.port) });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const isCut = this.#trouble === 'reset' && this.#resets++ % 2 === 0; // the first answer breaks off in its middle
    if (this.#trouble === 'reset' && !isCut) this.#resetSoon(pair);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.once('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (this.#trouble === 'garbage') this.#answerGarbage(near);
      else far.write(chunk);
    });
    let freeAt = 0; // what is held back keeps its order, also when the trouble ends
    far.on('data', (chunk: Buffer) => {
      const now = Date.now();
      freeAt = Math.max(freeAt, this.#trouble === 'slow' ? now + SLOW_MS : now);
      if (this.#trouble === 'garbage') this.#answerGarbage(near);
      else if (isCut) near.write(chunk.subarray(0, chunk.length / 2), () => { near.resetAndDestroy(); });
      else if (freeAt > now) setTimeout(() => { near.write(chunk); }, freeAt - now);
      else near.write(chunk);
    });
  }

  #answerGarbage(near: Socket): void {
    const kinds = this.target.protocol === 'http:' ? httpGarbage : garbage;
    const turn = this.#answers++;
    near.write(kinds[turn % kinds.length]!());
    if (Math.floor(turn / kinds.length) % 2 === 0) near.end(); // else it looks as if there were more to come
  }
}
