import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { MetadataField } from '../../src/domain/metadata-field.js';

/** The field registry of the CTAO profile. */
export const registry = parse(readFileSync('config/fields.yaml', 'utf8')) as MetadataField[];
