import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../dev/ports.js';
import { aptInstall } from './apt-install.js';

const find = () => ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((path) => existsSync(path));

/** A Redis of its own, on loopback, that keeps nothing on disk. */
export class RedisServer {
  #child: ChildProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dipper-redis-'));

  private constructor(private readonly command: string, readonly port: number, private readonly settings: readonly string[]) {}

  /** As root it is installed where there is none; else one sentence says what to run. `settings` are those of redis.conf, such as `--maxmemory`, `2mb`. */
  static async start(...settings: string[]): Promise<RedisServer> {
    if (!find()) await aptInstall('redis-server');
    const command = find();
    if (!command) throw new Error('No redis-server for the tests of the cache: run `apt-get install -y --no-install-recommends redis-server` as root.');
    const server = new RedisServer(command, await freePort(), settings);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again after `down`, and waits until it answers. */
  async up(): Promise<void> {
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes', '--dir', this.#folder, ...this.settings];
    this.#child = spawn(this.command, settings, { stdio: 'ignore' });
    await this.ask((client) => client.ping());
  }

  /** Ends it at once. */
  async down(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Asks it on a connection of its own. */
  async ask<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
    client.on('error', () => undefined); // until it is up
    return work(client).finally(() => { client.disconnect(); });
  }

  async remove(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
