import { Field, Float, Int, registerEnumType } from 'type-graphql';
import type { MetadataField } from '../domain/metadata-field.js';
import { File } from './file.js';
import { BigIntFilter, DateTimeFilter, FileFilter, FileOrder, IntListFilter, StringFilter } from './filters.js';
import { BigIntScalar, DateTimeScalar } from './scalars.js';

const types = { BigInt: BigIntScalar, Int, Float, Boolean, '[Int]': [Int], DateTime: DateTimeScalar, String } as const;
const filters = { BigInt: BigIntFilter, '[Int]': IntListFilter, DateTime: DateTimeFilter, String: StringFilter } as const;

/** startTime -> START_TIME */
const enumName = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Orders of files that need no registry. */
const ownOrders = ['name', 'bytes', 'createdAt', 'updatedAt'];

/** Adds the registry's fields to File, FileFilter and FileOrder. Once a process, before the schema is built. */
export function addMetadata(fields: readonly MetadataField[]): void {
  for (const { name, type, description } of fields) {
    Field(() => types[type] as typeof String, { nullable: true, description, simple: true })(File.prototype, name);
    Field(() => filters[type as keyof typeof filters], { nullable: true, description })(FileFilter.prototype, name);
  }
  const orders = [...ownOrders, ...fields.filter((field) => field.sortable).map(({ name }) => name)];
  const orderField = Object.fromEntries(orders.map((name) => [enumName(name), name]));
  registerEnumType(orderField, { name: 'FileOrderField', description: 'What files can be ordered by.' });
  Field(() => orderField as never, { description: 'What to order by.' })(FileOrder.prototype, 'field');
}
