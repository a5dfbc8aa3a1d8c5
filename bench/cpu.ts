import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10; // of /proc/<pid>/stat on Linux

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended since
  }
}

/** The fields of /proc/<pid>/stat after the program's name, which may hold anything: state, ppid, ... */
const stat = (pid: string | number) => read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ');

/** On-CPU milliseconds of a process, all its threads. */
export function processCpu(pid: number): number {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    throw new Error(`Process ${pid} has ended: its CPU time cannot be read.`);
  }
  return tasks.reduce((sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0) / 1e6, 0);
}

/** On-CPU milliseconds of a Postgres server: each living process, and all those that have ended, which its postmaster has reaped. */
export function postgresCpu(postmaster: number): number {
  const living = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(stat(name)[1]) === postmaster);
  const fields = stat(postmaster);
  const reaped = (Number(fields[13]) + Number(fields[14])) * TICK_MS; // cutime and cstime
  return living.reduce((sum, pid) => sum + Number(read(`/proc/${pid}/schedstat`).split(' ')[0] ?? 0) / 1e6, reaped);
}
