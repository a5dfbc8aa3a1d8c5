// Runs npm without a shell, from `npm run` or by itself; plain Node, as the files that use it must run before anything is installed.
import { execFile } from 'node:child_process';

/** What npm said, and its exit code; undefined where it had to be ended after its time. */
export function npm(args, { cwd, seconds }) {
  const [program, ...first] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  return new Promise((resolve) => {
    execFile(program, [...first, ...args], { cwd, timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 256 * 2 ** 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : undefined, stdout, stderr });
    });
  });
}
