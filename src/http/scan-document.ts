import { Lexer, Source, TokenKind } from 'graphql';
import { DipperError } from '../errors.js';

/** Most of each in one document. People stay far below; what has more would keep parser, validation or Postgres busy. */
export interface DocumentLimits { readonly tokens: number; readonly brackets: number; readonly depth: number; readonly selections: number; readonly directives: number; readonly aliases: number }

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);
const units: Record<keyof DocumentLimits, string> = {
  tokens: 'tokens', brackets: 'objects and lists', depth: 'levels of values within each other', selections: 'selections', directives: 'directives', aliases: 'aliases',
};

/** Counts what a document has before anything is made of it. Throws COST_LIMIT, or BAD_USER_INPUT where values lie too deep within each other. What is no GraphQL, the parser refuses. */
export function scanDocument(text: string, limits: DocumentLimits): void {
  const count = { tokens: 0, brackets: 0, depth: 0, selections: 0, directives: 0, aliases: 0 };
  const add = (what: keyof DocumentLimits) => {
    count[what] += 1;
    if (count[what] > limits[what]) throw new DipperError(what === 'depth' ? 'BAD_USER_INPUT' : 'COST_LIMIT', `The request has more than ${limits[what]} ${units[what]}.`);
  };
  const lexer = new Lexer(new Source(text));
  const next = () => { try { return lexer.advance().kind; } catch { return TokenKind.EOF; } };
  let inValues = 0; // parentheses: what is in them are arguments and variables
  let before: TokenKind = TokenKind.SOF;
  for (let kind = next(); kind !== TokenKind.EOF; kind = next()) {
    add('tokens');
    if (opening.has(kind)) {
      add('depth');
      add('brackets');
    } else if (closing.has(kind)) count.depth -= 1;
    if (kind === TokenKind.PAREN_L) inValues += 1;
    else if (kind === TokenKind.PAREN_R) inValues -= 1;
    else if (kind === TokenKind.AT) add('directives');
    else if (inValues === 0 && count.depth > 0) {
      if (kind === TokenKind.COLON) {
        add('aliases');
        count.selections -= 1; // alias and field are two names
      } else if (kind === TokenKind.SPREAD || (kind === TokenKind.NAME && before !== TokenKind.SPREAD && before !== TokenKind.AT)) add('selections');
    }
    before = kind;
  }
}
