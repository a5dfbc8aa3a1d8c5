import { expect, it } from 'vitest';
import { fieldsPage } from '../../../src/cli/fields-page.js';
import { readConfig } from '../../../src/config.js';
import { registry } from '../../support/registry.js';

it('is what docs/fields.md has', async () => {
  await expect(fieldsPage(registry)).toMatchFileSnapshot('../../../docs/fields.md');
});

it('tells conditions, words and units', () => {
  const page = fieldsPage(readConfig('schema', { DIPPER_FIELDS: 'test/profile/fields.yaml' }).fields);
  expect(page).toContain('| `energy` | `Float` | meV | em.energy |  | Energy of the neutrons. |');
  expect(page).toContain('| `instrument` | `instrument_name` | `inst` | In `inst`, `7` is read as `reflectometer`, `22` is read as `sans`. In `instrument_name`, `SANS` is read as `sans`. |');
  expect(page).toContain('| `calibrated` | `eq` `ne` `isNull` |  | yes | `calibrated` |');
  expect(fieldsPage(registry)).toContain('`instance__ae_id` counts only where `instance__ae_class` is `TEL`.');
});
