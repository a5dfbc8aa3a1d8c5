import { refuse } from './conditions.js';

/** Reads `<lfn>` or `<scope>:<lfn>` as CTAO has it: the path's second part is the scope; personal files are in user.<name>. */
export function readLfn(text: string): { readonly scope: string; readonly name: string } {
  const [, given, name = ''] = /^(?:([^]*):)?([^:]*)$/.exec(text) ?? [];
  if (name.length > 250 || !/^\/[A-Za-z0-9][A-Za-z0-9/._-]*$/.test(name)) refuse('This is no LFN.');
  const [, second = 'root', , fourth] = name.split('/').filter(Boolean);
  const scope = second !== 'user' ? second : fourth === undefined ? 'root' : `user.${fourth}`;
  if (given !== undefined && given !== scope) refuse('The scope disagrees with the LFN.');
  return scope.length <= 25 ? { scope, name } : refuse('A scope is shorter.');
}
