import { expect, test } from 'vitest';
import { readInventoryOnDarwin } from '../../../agent/platform/inventory.darwin.ts';
import { fakeMac } from '../../fakes/darwin-tools.ts';
import { proves } from '../../support/proofs.ts';

test('the register gets model, serial number and own disks', async ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'inventory' });
  const mac = fakeMac();
  mac.says.set('sw_vers -productVersion', '15.7.2\n').set('sw_vers -buildVersion', '24G325\n');
  const inventory = await readInventoryOnDarwin(mac);
  expect(inventory).toMatchObject({
    ok: true,
    seen: {
      osName: 'macOS',
      osVersion: '15.7.2 (24G325)',
      manufacturer: 'Apple',
      model: 'MacBook Air Mac14,2',
      serial: 'XX00YY11ZZ',
      portable: true,
      processor: 'Apple M2',
      disks: [{ model: 'APPLE SSD AP0512Q Media', sizeBytes: 500_277_792_768, type: 'Apple Fabric' }],
    },
  });
});

test('a Mac that does not say is a failed look', async () => {
  expect(await readInventoryOnDarwin(fakeMac())).toMatchObject({ ok: false });
});
