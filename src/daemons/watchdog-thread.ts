import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { beats, seconds, everyMs } = workerData as { beats: Int32Array; seconds: number; everyMs: number };

let [last, missed] = [-1, 0];
setInterval(() => {
  const now = Atomics.load(beats, 0);
  missed = now === last ? missed + 1 : 0;
  last = now;
  if (missed * everyMs < seconds * 1000) return;
  writeSync(2, `dipper serve: the event loop has stood still for ${seconds} s; the process is ended, to be started again.\n`);
  process.kill(process.pid, 'SIGKILL');
}, everyMs);
