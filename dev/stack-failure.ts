/** Ends a command with one sentence for its user; `log` is where the details are. */
export class StackFailure extends Error {
  constructor(message: string, readonly log?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StackFailure';
  }
}

/** What to tell the user about anything thrown. */
export function describeFailure(error: unknown): string {
  if (error instanceof StackFailure) return error.log === undefined ? error.message : `${error.message}\nLog: ${error.log}`;
  const { code, path, message } = error as { code?: unknown; path?: unknown; message?: unknown };
  const where = typeof path === 'string' ? ` (${path})` : '';
  if (code === 'ENOSPC') return `The disk is full${where}: free some space and start again.`;
  if (code === 'EACCES' || code === 'EPERM') return `Permission denied${where}: the files belong to another user; use that user, or set DIPPER_HOME to a folder of your own.`;
  return error instanceof Error && error.stack !== undefined ? error.stack : String(message ?? error);
}
