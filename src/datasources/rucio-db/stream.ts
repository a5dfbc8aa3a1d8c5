import type pg from 'pg';
import { connect, destroy, disconnect } from '../postgres/connect.js';
import { parseLsn, type Lsn } from './lsn.js';
import { MessageReader, type SourceChange } from './messages.js';
import { checkSlot, freeSlot } from './slot.js';
import type { SourceTable } from './source-table.js';

/** Changes and bytes that wait in memory at most, but for one chunk of the socket on top. */
const MAX_CHANGES = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const STATUS_EVERY_MS = 5_000;
/** A position alone comes this often at most: on a server that the mirror shares, storing one moves the log again. */
const QUIET_MS = 100;
const SILENCE_MS = 30_000;

export interface SourceBatch {
  /** Changes in the order of commits. */
  readonly changes: readonly SourceChange[];
  /** All of the source up to here is in this batch or was in earlier ones; null while a transaction too big for one batch goes on. */
  readonly position: Lsn | null;
  /** Transactions with changes that end in this batch. */
  readonly transactions: number;
}

export interface StreamOptions {
  readonly url: string;
  readonly slot: string;
  readonly publication: string;
  readonly tables: readonly SourceTable[];
  /** Last position that was applied, as Postgres writes it. */
  readonly from: string;
  /** Nothing that was committed from here on is given. */
  readonly until?: Lsn | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface CopyConnection {
  stream: { pause(): void; resume(): void };
  sendCopyFromChunk(chunk: Buffer): void;
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void;
}

/** Rucio's changes from a position on. Holds one walsender connection; end it with close(). */
export class SourceStream {
  /** When the source was last heard, in ms of the clock that never jumps (performance.now). */
  heardAt = performance.now();
  private readonly reader: MessageReader;
  private readonly connection: CopyConnection;
  private readonly statusTimer: NodeJS.Timeout;
  private ready: SourceChange[] = [];
  private transactions = 0;
  private quietUntil = 0;
  private quietTimer: NodeJS.Timeout | undefined;
  private open: SourceChange[] = [];
  private bytes = 0;
  private paused = false;
  private splitting = false;
  private skipping = false;
  private openSince: string | null = null;
  private readySince: string | null = null;
  private takenSince: string | null = null;
  private reached: Lsn;
  private given: Lsn;
  private applied: Lsn;
  private readonly until: Lsn | undefined;
  private ended = false;
  private failure: unknown = null;
  private wake: (() => void) | null = null;

  private constructor(private readonly client: pg.Client, options: StreamOptions) {
    this.reader = new MessageReader(options.tables);
    this.until = options.until;
    this.reached = this.given = this.applied = parseLsn(options.from);
    this.connection = (client as unknown as { connection: CopyConnection }).connection;
    this.connection.on('copyData', ({ chunk }) => this.receive(chunk));
    client.once('end', () => this.fail(new Error("The connection to Rucio's database is lost.")));
    // The server ends a connection that says nothing for wal_sender_timeout, also while a long batch is being applied.
    this.statusTimer = setInterval(() => this.tick(), STATUS_EVERY_MS);
  }

  static async open(options: StreamOptions, source: pg.ClientBase): Promise<SourceStream> {
    await checkSlot(source, options.slot, parseLsn(options.from));
    await freeSlot(source, options.slot);
    const client = await connect(options.url, { purpose: 'stream', signal: options.signal, replication: true });
    const stream = new SourceStream(client, options);
    const publication = options.publication.replaceAll("'", "''");
    client
      .query(`START_REPLICATION SLOT "${options.slot}" LOGICAL ${options.from} (proto_version '2', publication_names '"${publication}"')`)
      .then(() => stream.fail(new Error("Rucio's database ended the stream.")), (error: unknown) => stream.fail(error));
    return stream;
  }

  /** Whole transactions in the order of commits, as many as have come by then; one too big for a batch comes in several. */
  async *batches(): AsyncGenerator<SourceBatch> {
    for (;;) {
      const batch = this.take();
      if (batch) yield batch;
      else if (this.failure) throw this.failure;
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  /** Commit time of the oldest change that is known and not yet acknowledged; null if there is none. */
  get behindSince(): string | null {
    return this.takenSince ?? this.waitingSince;
  }

  /** The same, of changes that no batch has brought yet. */
  get waitingSince(): string | null {
    return this.readySince ?? this.openSince;
  }

  /** Tells the source that all up to here is safe in the mirror: it may forget that part of its log. */
  acknowledge(position: Lsn): void {
    this.applied = position;
    this.takenSince = null;
  }

  /** Asks the source how far it has read its log; the answer comes as a position in a batch. */
  ping(): void {
    this.sendStatus(true);
  }

  async close(): Promise<void> {
    clearInterval(this.statusTimer);
    clearTimeout(this.quietTimer);
    this.sendStatus(false);
    this.fail(new Error('The stream was closed.'));
    await disconnect(this.client);
  }

  private take(): SourceBatch | null {
    const whole = this.ready.length > 0 || (this.reached > this.given && !this.splitting && this.isTime());
    if (!whole && this.open.length < MAX_CHANGES && !(this.open.length && this.bytes >= MAX_BYTES)) return null;
    const changes = whole ? this.ready : this.open;
    if (whole) {
      this.ready = [];
      this.given = this.reached;
      this.quietUntil = performance.now() + QUIET_MS;
      this.takenSince ??= this.readySince;
      this.readySince = null;
    } else {
      this.open = [];
      this.splitting = true;
      this.takenSince ??= this.openSince;
    }
    if (!this.open.length) this.bytes = 0;
    if (this.paused && !this.full()) {
      this.paused = false;
      this.heardAt = performance.now();
      this.connection.stream.resume();
    }
    const { transactions } = this;
    if (whole) this.transactions = 0;
    return { changes, position: whole ? this.given : null, transactions: whole ? transactions : 0 };
  }

  /** Whether a position alone may be given now; if not, the one who waits is woken when it may. */
  private isTime(): boolean {
    const ms = this.quietUntil - performance.now();
    if (ms > 0) {
      this.quietTimer ??= setTimeout(() => {
        this.quietTimer = undefined;
        this.notify();
      }, ms);
    }
    return ms <= 0;
  }

  private full(): boolean {
    return this.ready.length + this.open.length >= MAX_CHANGES || this.bytes >= MAX_BYTES;
  }

  private receive(chunk: Buffer): void {
    if (this.failure) return;
    this.heardAt = performance.now();
    try {
      if (chunk[0] === 0x77 /* w: data */) this.receiveData(chunk.subarray(25));
      else if (chunk[0] === 0x6b /* k: keepalive */) {
        this.reach(chunk.readBigUInt64BE(1));
        if (chunk[17]) this.sendStatus(false);
      }
    } catch (error) {
      this.fail(error);
    }
    if (!this.paused && this.full()) {
      this.paused = true;
      this.connection.stream.pause();
    }
    this.notify();
  }

  private receiveData(data: Buffer): void {
    if (this.ended) return;
    const event = this.reader.read(data);
    if (event?.kind === 'begin' && this.until !== undefined && event.commit >= this.until) {
      this.ended = true;
      this.reach(this.until);
    } else if (event?.kind === 'begin') {
      // After a restart the server may send again what was applied.
      this.skipping = event.commit < this.reached;
      this.openSince = this.skipping ? null : event.committedAt;
    } else if (event?.kind === 'change' && !this.skipping) {
      this.open.push(...event.changes);
      this.bytes += data.length;
    } else if (event?.kind === 'commit') {
      if (this.open.length || this.splitting) this.transactions += 1;
      if (this.ready.length) for (const change of this.open) this.ready.push(change);
      else this.ready = this.open;
      if (this.open.length) this.readySince ??= this.openSince;
      this.open = [];
      this.openSince = null;
      this.splitting = false;
      this.reach(event.position);
    }
  }

  /** While a transaction arrives, a keepalive names at most the end of the one before. */
  private reach(position: Lsn): void {
    const here = this.until !== undefined && position > this.until ? this.until : position;
    if (here > this.reached) this.reached = here;
  }

  private tick(): void {
    this.sendStatus(false);
    if (!this.paused && performance.now() - this.heardAt > SILENCE_MS) {
      this.fail(new Error("Rucio's database has been silent for 30 seconds."));
      destroy(this.client);
    }
  }

  private sendStatus(replyNow: boolean): void {
    if (this.failure) return;
    const status = Buffer.alloc(34);
    status.write('r');
    for (const offset of [1, 9, 17]) status.writeBigUInt64BE(this.applied, offset);
    status.writeBigUInt64BE(BigInt(Date.now() - 946_684_800_000) * 1000n, 25);
    status[33] = replyNow ? 1 : 0;
    this.connection.sendCopyFromChunk(status);
  }

  /** Ends the stream: what has come is still given, then `batches` throws this. */
  fail(error: unknown): void {
    this.failure ??= error;
    this.notify();
  }

  private notify(): void {
    this.wake?.();
    this.wake = null;
  }
}

