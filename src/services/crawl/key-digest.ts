import { createHash } from 'node:crypto';

/** Digest of a set of keys, whatever their order. */
export class KeyDigest {
  private sum = 0n;
  private count = 0;

  add(key: string): void {
    this.sum = BigInt.asUintN(64, this.sum + createHash('sha1').update(key).digest().readBigUInt64LE());
    this.count += 1;
  }

  toString(): string {
    return `${this.count}:${this.sum}`;
  }
}
