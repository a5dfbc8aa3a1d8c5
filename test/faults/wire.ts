import { createConnection, type Socket } from 'node:net';

/** One answer as it came off the wire: its head as text, and its body. */
export interface WireAnswer { readonly status: number; readonly head: string; readonly body: Buffer }

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKS_END = Buffer.from('0\r\n\r\n');

/** The answer that these bytes begin with, or undefined where more must come. Reads what dipper sends, and no more of HTTP than that. */
function readAnswer(bytes: Buffer): WireAnswer | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const body = bytes.subarray(end + HEAD_END.length);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined ? !body.subarray(-CHUNKS_END.length).equals(CHUNKS_END) : body.length < Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), head, body };
}

/**
 * A connection that asks one thing at a time. Much cheaper than any HTTP client: who measures how fast a server is must not be slower than it.
 * `onAnswer` gets undefined where the connection broke before the whole answer.
 */
export class Wire {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #onAnswer: ((answer: WireAnswer | undefined) => void) | undefined;
  isOpen = true;

  constructor(port: number) {
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.isOpen = false;
      this.#settle(undefined);
    });
    this.#socket.on('data', (part) => {
      this.#parts.push(part);
      const answer = readAnswer(this.#parts.length === 1 ? part : Buffer.concat(this.#parts));
      if (answer) this.#settle(answer);
    });
  }

  ask(request: string, onAnswer: (answer: WireAnswer | undefined) => void): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(answer: WireAnswer | undefined): void {
    const tell = this.#onAnswer;
    this.#onAnswer = undefined;
    this.#parts = [];
    tell?.(answer);
  }
}
