import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Home } from '../../dev/home.js';
import { service, tail, type Service } from '../../dev/processes.js';
import { repository } from '../../dev/repository.js';
import { until } from '../../dev/until.js';

const main = path.join(repository, 'dist', 'src', 'main.js');

export interface DaemonOptions {
  readonly home: Home;
  /** Also of its log. */
  readonly name: string;
  readonly command: 'sync' | 'serve';
  readonly env: Readonly<Record<string, string>>;
  /** Told when it ends though nobody killed it. */
  readonly onFault: (text: string) => void;
}

/** One process of dipper under a watchman that starts it again when it has ended. */
export class Daemon {
  readonly name: string;
  readonly log: string;
  private readonly service: Service;
  private readonly command: DaemonOptions['command'];
  private killing = false;
  private starting: Promise<void> = Promise.resolve();
  private stopped = true;

  constructor({ home, name, command, env, onFault }: DaemonOptions) {
    this.name = name;
    this.command = command;
    this.log = path.join(home.logs, `${name}.log`);
    this.service = service(home, {
      name, command: process.execPath, args: [main, command], env, readySeconds: 30, isReady: async () => true,
      onExit: () => {
        if (this.killing || this.stopped) return;
        onFault(`${name} ended by itself: ${tail(this.log, 4)}`);
        this.#startIn(500);
      },
    });
  }

  get isUp(): boolean {
    return this.service.pid !== undefined;
  }

  /** Done once a sync leads or stands by. */
  async start(): Promise<void> {
    this.stopped = false;
    const said = existsSync(this.log) ? statSync(this.log).size : 0;
    await this.service.start();
    if (this.command === 'sync') await until(() => /this process leads|standing by/.test(readFileSync(this.log).subarray(said).toString()), 60);
  }

  /** Kills it without a word; it is started again after so many ms, or by `start`. */
  async kill(downMs = Infinity): Promise<void> {
    const { pid } = this.service;
    if (pid === undefined) return;
    this.killing = true;
    process.kill(pid, 'SIGKILL');
    await until(() => this.service.pid === undefined, 10);
    this.killing = false;
    if (downMs < Infinity) this.#startIn(downMs);
  }

  /** The process stands still, its connections stay. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.starting;
    this.thaw();
    await this.service.stop();
  }

  #signal(name: NodeJS.Signals): void {
    if (this.service.pid !== undefined) process.kill(this.service.pid, name);
  }

  #startIn(ms: number): void {
    this.starting = sleep(ms).then(() => (this.stopped ? undefined : this.service.start()));
  }
}
