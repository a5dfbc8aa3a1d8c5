import { hash } from 'node:crypto';

/** What a kept answer of Rucio can depend on, as mirror.change names it: digits of a signed 64-bit digest. */
export type ChangeTag = string;

const digest = (text: string): ChangeTag => String(Buffer.from(hash('sha256', text), 'hex').readBigInt64BE(0));

/** A DID, `<scope>:<name>`: its row, metadata, replicas and own rules, and what it holds or is held by. */
export const didTag = (did: string): ChangeTag => digest(`did ${did}`);
/** Any RSE, its attributes and protocols. */
export const rsesTag = digest('rses');
/** A rule was removed, and nobody knows any more which DID it was on. */
export const lostRuleTag = digest('lost rule');
