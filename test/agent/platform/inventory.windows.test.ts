import { expect, test } from 'vitest';
import { toInventory, type WindowsAnswers } from '../../../agent/platform/inventory.windows.ts';
import { proves } from '../../support/proofs.ts';

const answers: WindowsAnswers = {
  hostname: 'FOC-LT-014',
  memoryBytes: 8_589_934_592,
  version: { build: 26100, revision: 4351, edition: 'Professional', release: '24H2', isServer: false },
  computer: { Manufacturer: 'Example', Model: 'Notebook 14', PCSystemType: 2 },
  firmware: { SerialNumber: 'To be filled by O.E.M.' },
  processor: { Name: 'Example CPU' },
  disks: [
    { Model: 'SSD', Size: '512110190592', SerialNumber: ' S1 ', InterfaceType: 'SCSI', PNPDeviceID: 'SCSI\\DISK\\1' },
    { Model: 'Stick', Size: '30765219840', SerialNumber: 'X', InterfaceType: 'USB', PNPDeviceID: 'USBSTOR\\DISK\\1' },
  ],
  hasBattery: false,
};

test('what the register needs, without what the maker left blank, and without sticks', ({ task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'inventory' });
  expect(toInventory(answers)).toEqual({
    hostname: 'FOC-LT-014',
    osName: 'Windows 11 Professional 24H2',
    osVersion: '10.0.26100.4351',
    manufacturer: 'Example',
    model: 'Notebook 14',
    portable: true,
    processor: 'Example CPU',
    memoryBytes: 8_589_934_592,
    disks: [{ model: 'SSD', sizeBytes: 512_110_190_592, serial: 'S1' }],
  });
});

test.each([
  [2, false, true],
  [1, true, false],
  [null, true, true],
  [null, false, undefined],
])('a computer of kind %j with battery %j: portable is %j', (kind, hasBattery, portable) => {
  const computer = { ...answers.computer, PCSystemType: kind };
  expect(toInventory({ ...answers, computer, hasBattery }).portable).toBe(portable);
});
