import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg from 'pg';

/** A client for pools. pg by itself leaves a connection open for good on which nonsense, or a refusal, came before it was ready. */
export class TidyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const { connection } = this as unknown as { readonly connection: EventEmitter & { readonly stream: Socket } };
    const end = () => { connection.stream.destroy(); };
    connection.on('errorMessage', end);
    this.once('connect', () => { connection.off('errorMessage', end); });
  }
}
