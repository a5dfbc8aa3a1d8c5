import type { WriteStream } from 'node:tty';

const EVERY_MS = 200;
/** Sooner, a rate says little. */
const SETTLED_SECONDS = 2;
const number = new Intl.NumberFormat('en');

export interface ProgressLine {
  /** `rows` have been done, of about `of`; 0 where nobody knows. */
  show(what: string, rows: number, of: number): void;
  clear(): void;
}

function time(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

/** One line that moves, on a terminal; nothing elsewhere. */
export function progressLine(stream: WriteStream): ProgressLine {
  const started = performance.now();
  let shownAt = -Infinity;
  return {
    show(what, rows, of) {
      const now = performance.now();
      if (!stream.isTTY || now - shownAt < EVERY_MS) return;
      shownAt = now;
      const seconds = (now - started) / 1000;
      const rate = rows / seconds;
      const left = of > rows && rate > 0 && seconds > SETTLED_SECONDS ? `, ${time((of - rows) / rate)} left` : '';
      const share = of > rows ? ` of about ${number.format(of)}` : '';
      stream.write(`\r\x1b[K${`${what}: ${number.format(rows)}${share}, ${number.format(Math.round(rate))} a second${left}`.slice(0, stream.columns - 1)}`);
    },
    clear() {
      if (stream.isTTY && shownAt > 0) stream.write('\r\x1b[K');
    },
  };
}
