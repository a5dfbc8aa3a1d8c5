import { sql } from 'kysely';

/** Where the mirror was when a statement ran. */
export interface Mark {
  /** How far it had come in the source's log, such as `0/16B3748`; null before the first snapshot, and with the REST source, which has no log. */
  readonly position: string | null;
  /** Grows with every change of an RSE, its attributes or protocols; null where nothing has been followed yet. */
  readonly rsesVersion: string | null;
}

/** The mirror's position, as an expression. */
export const POSITION = sql`(select s.position::text from mirror.source s where s.kind = 'REPLICATION')`;

/** What each statement that answers carries along: both in one text. */
export const MARK = sql`(select concat_ws(' ', s.rses_version, case s.kind when 'REPLICATION' then s.position end) from mirror.source s)`;

export function readMark(text: string | null): Mark {
  const [rsesVersion = null, position = null] = text?.split(' ') ?? [];
  return { position, rsesVersion };
}
