import { DipperError } from '../../errors.js';

/** What is told of a token that is not taken: a sentence, never the token. */
export const refused = (sentence: string): DipperError => new DipperError('UNAUTHENTICATED', sentence);
