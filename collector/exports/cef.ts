import { kindDefinition } from '#shared/events/kinds.ts';
import type { Severity } from '#shared/policy/words.ts';
import { type FlatRecord, flatRecord } from './flat.ts';
import { actionOf, type ExportRecord, type Sender, severityOf, timeOf } from './record.ts';

const severityNumbers: Readonly<Record<Severity, number>> = { info: 1, low: 3, medium: 5, high: 8, critical: 10 };

/** One record in the Common Event Format, version 0. Pure. */
export function cefLine(record: ExportRecord, sender: Sender): string {
  const header = ['Portcullis', 'Portcullis', sender.version, actionOf(record), nameOf(record)].map(headerText);
  const extension = cefExtension(extensionOf(record, sender));
  return `CEF:0|${header.join('|')}|${severityNumbers[severityOf(record)]}|${extension}`;
}

/** Values in their order; those that are undefined or empty are left out. Pure. */
export function cefExtension(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .map(([name, value]) => [name, extensionText(String(value ?? ''))] as const)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
}

// What could forge a line or turn what a reader sees; line ends have an escape of their own in values.
const unsafe = /(?![\r\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

/** What is left of a text of hostile origin before it is escaped: every unsafe character becomes U+FFFD, outer blanks go. */
export function cefSafe(text: string): string {
  return text.toWellFormed().replace(unsafe, '\uFFFD').trim();
}

/** In the header a backslash and a pipe are escaped, and a line end cannot be. */
function headerText(text: string): string {
  return cefSafe(text)
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/[\\|]/g, '\\$&');
}

/** In a value a backslash and an equals sign are escaped, and line ends are written as letters. */
function extensionText(text: string): string {
  return cefSafe(text).replaceAll(/[\\=]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}

function nameOf(record: ExportRecord): string {
  switch (record.type) {
    case 'event':
      return kindDefinition(record.event.kind).description.split(/[.:] /, 1)[0] ?? record.event.kind;
    case 'alert':
      return record.alert.title;
    case 'test':
      return 'A test of this destination';
  }
}

/** Keys of the format's own dictionary; what it has no key for stands in the custom ones, each with its label. */
function extensionOf(record: ExportRecord, sender: Sender): Record<string, string | number | undefined> {
  const flat = flatRecord(record);
  return {
    rt: flat.ingested,
    end: timeOf(record),
    start: flat.start,
    externalId: record.uid,
    cat: actionOf(record),
    dvchost: flat.hostname,
    deviceExternalId: flat.computerId,
    suser: flat.user,
    suid: flat.userId,
    sproc: flat.process,
    act: flat.verdict,
    outcome: flat.outcome,
    reason: flat.because,
    cnt: flat.count,
    fileType: flat.extension,
    fsize: flat.sizeBytes,
    ...labelled(flat),
    flexString1: flat.encryption,
    flexString1Label: flat.encryption && 'encryption',
    flexString2: sender.organisation,
    flexString2Label: 'organization.name',
  };
}

function labelled(flat: FlatRecord): Record<string, string | number | undefined> {
  const texts: [label: string, value: string | undefined][] = [
    ['device.model.name', flat.device],
    ['device.serial_number', flat.serial],
    ['rule.id', flat.rule],
    ['rule.reference', flat.clause],
    ['file.name_hash', flat.nameHash],
    ['package.name', flat.title],
  ];
  const numbers: [label: string, value: number | undefined][] = [
    ['event.sequence', flat.sequence],
    ['rule.version', flat.policyVersion],
  ];
  return Object.fromEntries([
    ...texts.flatMap(([label, value], index) => pair(`cs${index + 1}`, label, value)),
    ...numbers.flatMap(([label, value], index) => pair(`cn${index + 1}`, label, value)),
  ]);
}

function pair(key: string, label: string, value: string | number | undefined): [string, string | number][] {
  return value === undefined || cefSafe(String(value)) === ''
    ? []
    : [
        [key, value],
        [`${key}Label`, label],
      ];
}
