import type { Socket } from 'node:net';
import pg from 'pg';

/** A client for pools. pg by itself leaves a connection open for good on which nonsense, or a refusal, came before it was ready. */
export class TidyClient extends pg.Client {
  override connect(): Promise<void>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<void> | void {
    if (!callback) return super.connect();
    super.connect((error: Error | undefined) => {
      if (error) (this as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream.destroy();
      callback(error as Error);
    });
  }
}
