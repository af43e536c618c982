import { describe, expect, it } from 'vitest';
import { kindNames } from '#shared/events/kinds.ts';
import { ocsfLine, ocsfRecord, ocsfVersion } from '../../../collector/exports/ocsf.ts';
import { alertRecord, eventRecord, exampleRecords, sender, testRecord } from './example-records.ts';
import { facts, ocsfFaults } from './ocsf-facts.ts';

describe('an OCSF record', () => {
  it('is of the version whose facts are checked', () => {
    expect(facts.version).toBe(ocsfVersion);
  });

  it.each(kindNames)('of %s holds to the schema', (kind) => {
    const records = exampleRecords.filter(({ event }) => event.kind === kind);
    expect(records).toHaveLength(2);
    expect(records.flatMap((record) => ocsfFaults(ocsfRecord(record, sender)))).toEqual([]);
  });

  it.each(['opened', 'acknowledged', 'assigned', 'noted', 'reopened', 'closed'] as const)(
    'of an alert that was %s holds to the schema',
    (step) => expect(ocsfFaults(ocsfRecord({ ...alertRecord, step }, sender))).toEqual([]),
  );

  it('of a test holds to the schema', () => {
    expect(ocsfFaults(ocsfRecord(testRecord, sender))).toEqual([]);
  });

  it('names a file by its mark and by nothing else', () => {
    const [record] = exampleRecords.filter(({ event }) => event.kind === 'media.file-written');
    const data = {
      ...record?.event.data,
      name: 'Letter to J Example.docx',
      volume: { ...volume, mountPoint: '/media/j.example/X' },
    };
    const line = ocsfLine(eventRecord('media.file-written', data), sender);
    expect(line).not.toMatch(/Letter|j\.example/);
    expect(line).toContain('l3bqTzW6zL0S0yH6s6nV0mXo9kQ0v4b3J5w2hZk8xqE');
  });

  it('carries the uid by which a receiver knows it again', () => {
    expect(ocsfRecord(alertRecord, sender)).toMatchObject({ metadata: { uid: alertRecord.uid } });
  });
});

const volume = { name: 'sdb1', encryption: 'plain' };

describe('the check of records', () => {
  const whole = ocsfRecord(exampleRecords[0] ?? testRecord, sender);
  it.each<[string, object]>([
    ['actor: is required', { actor: undefined }],
    ['bogus: is no attribute', { bogus: 1 }],
    ['severity_id: 7 is not in the enumeration', { severity_id: 7 }],
    ['time: is no long_t', { time: 'today' }],
    ['type_uid: does not follow from class and activity', { type_uid: 1 }],
    ['device.type_id: is required', { device: { uid: 'x' } }],
    ['action_id: needs the profile security_control', { action_id: 1 }],
  ])('finds: %s', (fault, change) => {
    const changed = JSON.parse(JSON.stringify({ ...whole, ...change })) as { [name: string]: unknown };
    expect(ocsfFaults(changed)).toContain(fault);
  });
});
