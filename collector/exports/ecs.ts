import { isoTime } from '#shared/clock.ts';
import type { EventKind } from '#shared/events/kinds.ts';
import { compact } from './compact.ts';
import { flatRecord } from './flat.ts';
import { minimised } from './minimise.ts';
import { actionOf, type ExportRecord, type Sender, severityOf, timeOf } from './record.ts';

/** Of the Elastic Common Schema whose names these lines use. */
const ecsVersion = '8.17.0';

const severityNumbers = { info: 1, low: 2, medium: 3, high: 4, critical: 5 } as const;

/** What a family of kinds is about, in the words of the schema. */
const categories: readonly [start: string, category: string][] = [
  ['media.file', 'file'],
  ['document', 'file'],
  ['identifiers', 'file'],
  ['software', 'package'],
  ['code', 'iam'],
  ['media', 'host'],
  ['drive', 'host'],
  ['posture', 'configuration'],
  ['agent', 'host'],
  ['inventory', 'host'],
  ['events', 'host'],
];

function categoryOf(kind: EventKind): string[] {
  return categories
    .filter(([start]) => kind.startsWith(start))
    .slice(0, 1)
    .map(([, category]) => category);
}

/** One record as a line of JSON with the names of the Elastic Common Schema; what it has no name for is below `portcullis`. Pure. */
export function ecsLine(record: ExportRecord, sender: Sender): string {
  const flat = flatRecord(record);
  return JSON.stringify(
    compact({
      '@timestamp': isoTime(timeOf(record)),
      ecs: { version: ecsVersion },
      event: {
        id: record.uid,
        kind: record.type === 'alert' ? 'alert' : 'event',
        category: record.type === 'event' ? categoryOf(record.event.kind) : [],
        type: ['info'],
        action: actionOf(record),
        module: 'portcullis',
        dataset: record.type === 'alert' ? 'portcullis.alert' : 'portcullis.event',
        severity: severityNumbers[severityOf(record)],
        sequence: flat.sequence,
        ingested: flat.ingested === undefined ? undefined : isoTime(flat.ingested),
        start: flat.start === undefined ? undefined : isoTime(flat.start),
        outcome: flat.outcome === 'applied' ? 'success' : flat.outcome === 'failed' ? 'failure' : undefined,
        reason: flat.because,
      },
      host: { id: flat.computerId, hostname: flat.hostname, name: flat.hostname },
      user: { name: flat.user, id: flat.userId },
      process: { name: flat.process },
      device: { model: { name: flat.device }, serial_number: flat.serial, type: flat.deviceClass },
      file: { extension: flat.extension, size: flat.sizeBytes },
      package: { name: flat.title, version: flat.titleVersion },
      rule: { id: flat.rule, reference: flat.clause, version: flat.policyVersion && String(flat.policyVersion) },
      organization: { name: sender.organisation },
      observer: { vendor: 'Portcullis', product: 'Portcullis', version: sender.version },
      portcullis: ownFacts(record),
    }),
  );
}

function ownFacts(record: ExportRecord): { [name: string]: unknown } {
  switch (record.type) {
    case 'event':
      return { kind: record.event.kind, boot_id: record.event.bootId, ...minimised(record.event) };
    case 'alert':
      return { step: record.step, alert: record.alert };
    case 'test':
      return { test: true };
  }
}
