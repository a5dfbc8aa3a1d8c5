import type { Config } from './config.js';
import { rowKindNames, type RowKind } from './domain/row-kind.js';
import type { VerifyReport } from './services/verify/report.js';
import { verify, type Progress } from './services/verify/verify.js';

export type { Difference } from './services/verify/difference.js';
export type { Progress, VerifyReport };

export interface VerifyQuestion {
  readonly kinds: readonly RowKind[] | undefined;
  readonly sample: { readonly files: number; readonly seed: number } | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Compares the mirror at DATABASE_URL with Rucio. */
export const verifyMirror = ({ mirrorUrl, follow, fields }: Config, question: VerifyQuestion, signal: AbortSignal): Promise<VerifyReport> =>
  verify({ ...question, mirrorUrl, rucioDatabaseUrl: follow!.rucioDatabaseUrl, fields, signal, kinds: question.kinds ?? rowKindNames });
