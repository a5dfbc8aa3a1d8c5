import { facetValueShape } from './facet.js';
import type { ReadSettings } from './request.js';
import type { Shapes } from './shape.js';
import { checksumShape } from './shape/checksum.js';
import { containerShape, datasetShape } from './shape/collection.js';
import { fileShape } from './shape/file.js';
import { pfnShape, replicaShape } from './shape/replica.js';
import { rseProtocolShape, rseShape, rseUsageShape } from './shape/rse.js';
import { ruleShape } from './shape/rule.js';
import { completenessShape, mirrorShape } from './shape/status.js';

/** Every type that the mirror can answer, by its GraphQL name. */
export function makeShapes({ fields, rse }: ReadSettings): Shapes {
  const shapes = [
    fileShape(fields), datasetShape, containerShape, ruleShape, replicaShape(rse), pfnShape, checksumShape,
    rseShape(rse), rseProtocolShape, rseUsageShape, completenessShape, mirrorShape, facetValueShape,
  ];
  return Object.fromEntries(shapes.map((shape) => [shape.type, shape]));
}
