import { sql } from 'kysely';
import { SIGNATURE } from '../domain/cursor.js';
import type { Sql } from './sql.js';

/** The key of 32 bytes, filled up to SHA-256's block of 64, each with this; a value of bytea. */
const padded = (key: Buffer, byte: number): Sql => sql`${`\\x${Buffer.from(Buffer.concat([key, Buffer.alloc(32)]).map((one) => one ^ byte)).toString('hex')}`}::bytea`;

/** A cursor as decodeCursor reads it, written by Postgres: HMAC is said by sha256, which needs no extension. */
export const signedCursor = (keys: readonly Sql[], key: Buffer): Sql => sql`(
  select translate(encode(made.content || substr(sha256(${padded(key, 0x5c)} || sha256(${padded(key, 0x36)} || made.content)), 1, ${sql.lit(SIGNATURE)}), 'base64'), E'+/\\n=', '-_')
  from (select convert_to(json_build_array(${sql.join(keys)})::text, 'UTF8') as content offset 0) made)`;
