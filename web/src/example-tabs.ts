const texts = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });

/** The tabs that a first visitor finds: one for each file in examples/, in the order of their names. */
export const exampleTabs = Object.keys(texts).sort().map((path) => ({ query: texts[path] ?? '' }));
