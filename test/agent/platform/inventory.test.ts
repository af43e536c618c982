import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventKinds } from '#shared/events/kinds.ts';
import { checker } from '#shared/schema.ts';
import {
  type HardwareAnswers,
  isPortable,
  parseChassisCode,
  readInventoryOnLinux,
  toInventory,
} from '../../../agent/platform/inventory.linux.ts';
import { proves } from '../../support/proofs.ts';

const recorded = checker(eventKinds['inventory.recorded'].data);
const answers = (name: string): HardwareAnswers =>
  JSON.parse(readFileSync(new URL(`../../fixtures/inventory/${name}.json`, import.meta.url), 'utf8'));

describe('the inventory', () => {
  it('of a laptop names what the asset register needs, and no stick', () => {
    expect(toInventory({ ...answers('laptop'), chassisCode: 10 })).toEqual({
      hostname: 'foc-lt-014',
      manufacturer: 'Example Computers',
      model: 'Notebook 14 G9',
      serial: 'EX14G9-000123',
      chassis: 'Notebook',
      portable: true,
      osName: 'Ubuntu',
      osVersion: '24.04.1 LTS',
      kernel: '6.8.0-51-generic',
      processor: 'Intel Core™ i5-1245U',
      memoryBytes: 16_508_493_824,
      disks: [{ model: 'EXAMPLE NVME 256GB', sizeBytes: 256_060_514_304, type: 'NVMe', serial: 'S0EXAMPLE00001' }],
    });
  });

  it('of a virtual machine leaves out what it does not know, and memory that plays a disk', () => {
    expect(toInventory(answers('this-lab'))).toEqual({
      hostname: 'vm',
      osName: 'Debian GNU/Linux',
      osVersion: '12',
      kernel: '6.18.44-fc-v657',
      processor: 'AMD EPYC',
      memoryBytes: 25_276_510_208,
      disks: [{ sizeBytes: 274_877_906_944, type: 'HDD' }],
    });
  });

  it.each([
    'To be filled by O.E.M.',
    'To Be Filled By O.E.M',
    'Default string',
    'None',
    'Not Specified',
    'System Serial Number',
    'System Product Name',
    'INVALID',
    '0000000',
    '-',
    '0123456789',
    '   ',
  ])('takes %j for unknown', (blank) => {
    const laptop = answers('laptop');
    expect(toInventory({ ...laptop, system: { manufacturer: blank, model: blank, serial: blank } })).not.toHaveProperty(
      'serial',
    );
    expect(toInventory({ ...laptop, system: { manufacturer: blank, model: blank, serial: blank } })).not.toHaveProperty(
      'model',
    );
  });

  it('fits its schema whatever the firmware says', () => {
    const laptop = answers('laptop');
    const hostile = 'x\u202E\u0000<b>'.repeat(200);
    const disk = { name: hostile, size: -1, type: hostile, serialNum: hostile, interfaceType: hostile };
    const inventory = toInventory({
      ...laptop,
      system: { manufacturer: hostile, model: hostile, serial: hostile },
      osInfo: { distro: hostile, release: '', kernel: hostile, hostname: '' },
      mem: { total: Number.NaN },
      diskLayout: Array.from({ length: 100 }, () => disk),
    });
    expect(() => recorded.parse({ inventory }, 'inventory')).not.toThrow();
  });

  it('of this computer fits its schema', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'inventory' });

    const look = await readInventoryOnLinux();
    expect(look.ok).toBe(true);
    if (look.ok) recorded.parse({ inventory: look.seen }, 'inventory');
  });
});

describe('a portable computer', () => {
  it.each([
    [10, false, true],
    [9, true, true],
    [32, true, true],
    [3, true, false],
    [13, false, false],
    [1, true, true],
    [2, false, undefined],
    [undefined, true, true],
    [undefined, false, undefined],
  ])('case %s and battery %s: %s', (code, battery, expected) => {
    expect(isPortable(code, battery)).toBe(expected);
  });

  it.each([
    ['10\n', 10],
    ['', undefined],
    ['ten', undefined],
  ])('the number of the case %j', (text, expected) => {
    expect(parseChassisCode(text)).toBe(expected);
  });
});
