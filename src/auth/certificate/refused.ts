import { DipperError } from '../../errors.js';

/** What somebody shows does not hold; the sentence says why, and names nothing that is secret. */
export const refused = (why: string): DipperError => new DipperError('UNAUTHENTICATED', why);
