/** Whether Postgres can hold the text as it is: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The same of all texts in a JSON value, and of its keys. */
export function areStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  return typeof value !== 'object' || value === null || Object.entries(value).every(([key, member]) => isStorableText(key) && areStorable(member));
}
