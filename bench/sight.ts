/** What the viewer of all measurements may not see: the files of one scope. */
export const HIDDEN_SCOPE = 'hidden';
export const sight = { files: { scope: { ne: HIDDEN_SCOPE } } };
