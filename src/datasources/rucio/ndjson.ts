import { TextDecoder } from 'node:util';
import { DipperError } from '../../errors.js';
import { parseJson } from './json.js';

/** How a line becomes a value. Throws for half a value. */
type Parse = (text: string) => unknown;

const MAX_LINE = 8 * 1024 * 1024;

/**
 * Yields the value of each line. Rucio ends each line, the last one too, so whatever stands after the last line feed is half a line.
 * Throws UPSTREAM_TRUNCATED for half a line or half a value, UPSTREAM_UNAVAILABLE for a line beyond all measure.
 */
export async function* readNdjson(body: AsyncIterable<Uint8Array>, maxLine = MAX_LINE, parse: Parse = parseJson): AsyncGenerator<unknown> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const chunk of body) {
    let from = text.length;
    text += decode(decoder, chunk);
    let start = 0;
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
      const line = text.slice(start, end);
      start = from = end + 1;
      if (line.trim() !== '') yield valueOf(line, parse);
    }
    text = text.slice(start);
    if (text.length > maxLine) throw new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio sent a line that is too long.');
  }
  text += decode(decoder);
  if (text.trim() !== '') throw truncated();
}

function valueOf(line: string, parse: Parse): unknown {
  try {
    return parse(line);
  } catch (cause) {
    throw truncated(cause);
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (cause) {
    throw truncated(cause);
  }
}

function truncated(cause?: unknown): DipperError {
  return new DipperError('UPSTREAM_TRUNCATED', "Rucio's answer broke off.", { cause });
}
