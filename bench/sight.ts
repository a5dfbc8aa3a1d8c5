/** What the viewer of all measurements may not see: the files of one scope. */
export const HIDDEN_SCOPE = 'hidden';
/** Signs the cursors of all measurements. */
export const SECRET = 'dipper is measured with this secret';
export const sight = { files: { scope: { ne: HIDDEN_SCOPE } } };
