import { conditions } from './conditions.js';
import { errors } from './errors.js';
import { fragments } from './fragments.js';
import { live } from './live.js';
import { lookups } from './lookups.js';
import { names } from './names.js';
import type { Operation } from './operation.js';
import { pages } from './pages.js';
import { variables } from './variables.js';

/** Operations that must be answered as graphql-js answers them with naive resolvers over the same rows. */
export const corpus: readonly Operation[] = [...names, ...fragments, ...variables, ...conditions, ...pages, ...lookups, ...errors, ...live];
