import { Field, Float, Int, registerEnumType } from 'type-graphql';
import { orderName, type MetadataField } from '../domain/metadata-field.js';
import { File } from './file.js';
import {
  BigIntFilter, BooleanFilter, DateTimeFilter, FileFilter, FileOrder, FloatFilter, IntervalFilter, IntFilter, IntListFilter, StringFilter,
} from './filters.js';
import { BigIntScalar, DateTimeScalar } from './scalars.js';

const types = { BigInt: BigIntScalar, Int, Float, Boolean, '[Int]': [Int], DateTime: DateTimeScalar, String } as const;
const filters = {
  BigInt: BigIntFilter, Int: IntFilter, Float: FloatFilter, Boolean: BooleanFilter, '[Int]': IntListFilter, DateTime: DateTimeFilter, String: StringFilter,
} as const;

/** `time` is the stretch between these two fields; an archive without them has no such condition. */
const hasTimes = (fields: readonly MetadataField[]) =>
  ['startTime', 'endTime'].every((wanted) => fields.some(({ name, type }) => name === wanted && type === 'DateTime'));

/** Orders of files that need no registry. */
const ownOrders = ['name', 'bytes', 'createdAt', 'updatedAt'];

/** Adds the registry's fields to File, FileFilter and FileOrder. Once a process, before the schema is built. */
export function addMetadata(fields: readonly MetadataField[]): void {
  for (const { name, type, description } of fields) {
    Field(() => types[type] as typeof String, { nullable: true, description, simple: true })(File.prototype, name);
    Field(() => filters[type], { nullable: true, description })(FileFilter.prototype, name);
  }
  if (hasTimes(fields)) Field(() => IntervalFilter, { nullable: true, description: 'Files whose startTime..endTime overlaps the interval.' })(FileFilter.prototype, 'time');
  const orders = [...ownOrders, ...fields.filter((field) => field.sortable).map(({ name }) => name)];
  const orderField = Object.fromEntries(orders.map((name) => [orderName(name), name]));
  registerEnumType(orderField, { name: 'FileOrderField', description: 'What files can be ordered by.' });
  Field(() => orderField as never, { description: 'What to order by.' })(FileOrder.prototype, 'field');
}
