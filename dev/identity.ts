import { readFileSync } from 'node:fs';

/** Names one life of a process: a pid comes back after a reboot or a wrap-around, its start time does not. Undefined when it is gone. */
export function identityOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${pid}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** The pid inside an identity, if that very process still runs. */
export function livingPid(identity: string): number | undefined {
  const pid = Number(identity.split('/')[1]);
  return Number.isInteger(pid) && pid > 0 && identityOf(pid) === identity ? pid : undefined;
}
