import { describe, expect, it } from 'vitest';
import { kindNames } from '#shared/events/kinds.ts';
import { csvColumns, csvHeading } from '../../../collector/exports/csv.ts';
import { exportFormats, formatLine } from '../../../collector/exports/format.ts';
import { readCsv } from '../../../collector/register/csv.ts';
import { alertRecord, eventRecord, exampleRecords, sender, testRecord } from './example-records.ts';

const all = [...exampleRecords, alertRecord, testRecord];

describe.each(exportFormats)('the format %s', (format) => {
  it('makes one line of every record, with the uid in it', () => {
    for (const record of all) {
      const line = formatLine(format, record, sender);
      expect(line).not.toMatch(/[\r\n]/);
      expect(line).toContain(record.uid);
    }
  });

  it.each(kindNames)('lets no name of a file and no folder of a person out with %s', (kind) => {
    const [record] = exampleRecords.filter(({ event }) => event.kind === kind);
    const data = JSON.parse(JSON.stringify(record?.event.data), (name, value: unknown) =>
      name === 'mountPoint' ? '/media/secret-person/X' : value,
    ) as object;
    const named = 'nameHash' in data ? { ...data, name: 'secret-person.docx' } : data;
    expect(formatLine(format, eventRecord(kind, named), sender)).not.toContain('secret-person');
  });
});

describe('a row for spreadsheets', () => {
  it.each(['=1+1', '+1', '-1', '@x', 'a,b"c'])('makes %j harmless and keeps its place', (text) => {
    const line = formatLine('csv', eventRecord('agent.stopped', { because: text }), sender);
    const [row] = readCsv(`${csvHeading()}\n${line}\n`, csvColumns, ['uid']);
    expect(row?.values.because).toBe(/^[=+\-@]/.test(text.trim()) ? `'${text.trim()}` : text.trim());
    expect(row?.values.kind).toBe('agent.stopped');
  });
});

describe('a line of JSON', () => {
  it('uses the names that receivers know', () => {
    const [record] = exampleRecords.filter(({ event }) => event.kind === 'media.file-inspected' && event.actor);
    expect(JSON.parse(formatLine('jsonl', record ?? testRecord, sender))).toMatchObject({
      '@timestamp': '2026-11-30T09:00:00.000Z',
      event: { id: record?.uid, action: 'media.file-inspected', category: ['file'], outcome: 'success' },
      host: { hostname: 'FOC-LT-014' },
      user: { name: 'j.example' },
      file: { extension: 'xlsx', size: 24_576 },
      rule: { id: 'a-test' },
      portcullis: { data: { inspection: { band: '50-99' } } },
    });
  });
});
