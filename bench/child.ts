import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

export interface Child {
  readonly process: ChildProcess;
  /** The next message from it that the function takes. Throws when it ends first, or when the time is up. */
  next<T>(take: (message: unknown) => T | undefined, send?: object): Promise<T>;
  /** Gives it a job; the result that it tells, or throws the error that it tells. */
  ask<T>(job: object): Promise<T>;
  stop(): Promise<void>;
}

const TIMEOUT_MS = 300_000;

/** Starts a program of the bench that talks over IPC; it ends when its channel is closed. */
export function startChild(program: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Child {
  const child = fork(path.join(import.meta.dirname, program), { env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
  const next: Child['next'] = (take, send) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => { finish(() => { reject(new Error(`${program} did not answer.`)); }); }, TIMEOUT_MS);
    const onMessage = (message: unknown) => {
      try {
        const taken = take(message);
        if (taken !== undefined) finish(() => { resolve(taken); });
      } catch (error) {
        finish(() => { reject(error as Error); });
      }
    };
    const onExit = () => { finish(() => { reject(new Error(`${program} has ended.`)); }); };
    const onAbort = () => { finish(() => { reject(signal.reason as Error); }); };
    function finish(then: () => void) {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      signal.removeEventListener('abort', onAbort);
      then();
    }
    child.on('message', onMessage).once('exit', onExit);
    signal.addEventListener('abort', onAbort, { once: true });
    if (send) child.send(send);
  });
  return {
    process: child, next,
    ask: <T>(job: object) => next((message) => {
      const { result, error } = message as { result?: T; error?: string };
      if (error !== undefined) throw new Error(error);
      return result;
    }, job),
    async stop() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** A server of the bench, once it listens. `token` is what it wants to be sent, if it wants one. */
export interface ServerChild extends Child { readonly url: string; readonly token: string | undefined; readonly pid: number }

export async function startServer(program: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ServerChild> {
  const child = startChild(program, env, signal);
  try {
    const { ready, token } = await child.next((message) => ((message as { ready?: string }).ready === undefined ? undefined : message as { ready: string; token?: string }));
    return { ...child, url: ready, token, pid: child.process.pid! };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
