import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection: `near` is the client's end, `far` the server's. */
interface Pair { readonly near: Socket; readonly far: Socket; abandoned: boolean }

/** Tells the other end that it is broken; a socket that is saying goodbye already can only be closed, or Node never lets go of it. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** A door between a client and a server whose connections can be disturbed in the ways that networks do it. */
export class TcpProxy {
  /** How long what the server says is held back, in ms. */
  delayMs = 0;
  readonly #pairs = new Set<Pair>();
  #stalled = false;

  private constructor(private readonly server: Server, private readonly target: { host: string; port: number }) {
    server.on('connection', (near) => { this.#join(near); });
  }

  /** Opens a door on a free port of loopback to the server that the URL names. */
  static async open(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    await new Promise<void>((done, fail) => { server.once('error', fail).listen(0, '127.0.0.1', done); });
    return new TcpProxy(server, { host: hostname, port: Number(port) });
  }

  /** The URL with this door in the server's place. */
  through(url: string): string {
    const inside = new URL(url);
    Object.assign(inside, { hostname: '127.0.0.1', port: String((this.server.address() as AddressInfo).port) });
    return inside.href;
  }

  /** Whether the server knows one of the connections by this port. */
  holds(port: number): boolean {
    return [...this.#pairs].some(({ far }) => far.localPort === port);
  }

  /** Both ends of all connections are told that they are broken. */
  cut(): void {
    for (const { near, far, abandoned } of this.#pairs) {
      if (abandoned) continue;
      reset(near);
      reset(far);
    }
  }

  /** Nothing passes any more, on old and on new connections, until `resume`; then it goes on where it was. */
  stall(): void {
    this.#stalled = true;
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.pause();
  }

  resume(): void {
    this.#stalled = false;
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.resume();
  }

  /** Half open: what is said on present connections is lost, and neither end hears of the other again; new connections are good. */
  abandon(): void {
    for (const pair of this.#pairs) pair.abandoned = true;
  }

  /** The same for one of them, chosen by a number from 0 to 1. */
  abandonOne(chance: number): void {
    const pairs = [...this.#pairs].filter(({ abandoned }) => !abandoned);
    const pair = pairs[Math.floor(chance * pairs.length)];
    if (pair) pair.abandoned = true;
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
    await new Promise((done) => { this.server.close(done); });
  }

  #join(near: Socket): void {
    const far = createConnection({ ...this.target });
    const pair: Pair = { near, far, abandoned: false };
    this.#pairs.add(pair);
    const late = (from: Socket, what: () => void) => { if (from === far && this.delayMs > 0) setTimeout(what, this.delayMs); else what(); };
    const pass = (from: Socket, to: Socket) => {
      from.setNoDelay();
      from.on('data', (chunk: Buffer) => {
        if (from === far && this.delayMs > 0) return late(from, () => { if (!pair.abandoned && !to.destroyed) to.write(chunk); });
        if (pair.abandoned || to.destroyed) return;
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => { if (!this.#stalled) from.resume(); });
        }
      });
      from.on('end', () => { late(from, () => { if (!pair.abandoned) to.end(); }); });
      from.on('error', () => { if (!pair.abandoned) reset(to); });
      from.on('close', () => {
        if (near.destroyed && far.destroyed) this.#pairs.delete(pair);
        else if (!pair.abandoned) late(from, () => { to.end(); });
      });
      if (this.#stalled) from.pause();
    };
    pass(near, far);
    pass(far, near);
  }
}
