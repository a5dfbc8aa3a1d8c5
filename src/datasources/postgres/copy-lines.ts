const TAB = 9;
const NEWLINE = 10;

/** Goes through lines of COPY's text format, byte by byte: a text of each line would cost more than all else that is done with it. */
export class CopyLines {
  /** Where the line begins and where it ends, without its line end. */
  from = 0;
  to = -1;
  constructor(readonly bytes: Buffer) {}

  /** Goes on to the next line; false where there is none. */
  next(): boolean {
    this.from = this.to + 1;
    if (this.from >= this.bytes.length) return false;
    this.to = this.bytes.indexOf(NEWLINE, this.from);
    return true;
  }

  /** Where the cell begins that comes so many cells after the one at `at`. */
  skip(at: number, cells: number): number {
    const { bytes } = this;
    let left = cells;
    let place = at;
    while (left > 0) if (bytes[place++] === TAB) left -= 1;
    return place;
  }

  /** Cells in a range of the line, as COPY writes them. */
  text(from: number = this.from, to: number = this.to): string {
    return this.bytes.toString('utf8', from, to);
  }

  isNull(cell: number): boolean {
    return this.bytes[cell] === 92 && this.bytes[cell + 1] === 78; // \N; a backslash that is meant is doubled
  }
}
