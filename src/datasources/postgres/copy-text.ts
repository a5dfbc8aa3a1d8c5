/** Collects lines of COPY's text format. */
export class CopyText {
  private bytes: Buffer;
  private length = 0;

  constructor(private readonly size: number) {
    this.bytes = Buffer.allocUnsafe(2 * size);
  }

  get isFull(): boolean {
    return this.length >= this.size;
  }

  text(text: string): void {
    this.make(3 * text.length);
    this.length += this.bytes.write(text, this.length);
  }

  copy(from: Buffer, start: number, end: number): void {
    this.make(end - start);
    this.length += from.copy(this.bytes, this.length, start, end);
  }

  /** What was collected; begins anew. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafe(2 * this.size);
    this.length = 0;
    return taken;
  }

  private make(room: number): void {
    if (this.length + room <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + room));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
