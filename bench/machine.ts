import { cpus, loadavg, totalmem } from 'node:os';

/** Date, machine and load, as the results name them. */
export const machine = (): string =>
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]!.model.trim()}, ${(totalmem() / 1024 ** 3).toFixed(0)} GiB, load average ${loadavg().map((value) => value.toFixed(1)).join(', ')} at the end. Node ${process.versions.node}`;
