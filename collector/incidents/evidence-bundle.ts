import { createHash } from 'node:crypto';
import { isoTime } from '#shared/clock.ts';
import type { Signer } from '#shared/identity.ts';
import { type BundleFile, bundle } from '../documents/bundle.ts';
import { pdf } from '../documents/pdf.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import { chainProof } from './evidence-proof.ts';
import type { IncidentRow } from './incident-list.ts';
import { type IncidentRecord, incidentRecord } from './record.ts';
import { reportBlocks } from './report.ts';
import { sectionHistory } from './sections-kept.ts';

/** Purpose of the collector's signature under a bundle; see shared/identity.ts. */
export const bundleContext = 'portcullis.incident-bundle.v1';
/** What only `incident verify` needs to know about the bundle as a whole. */
export const signatureName = 'signature.json';

/** What the signature in a bundle covers: its time, and hash and name of every other file, by the hashes. Pure. */
export function signedText(at: string, files: Iterable<readonly [name: string, content: Uint8Array | string]>): string {
  const lines = [...files].map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}`);
  return [at, ...lines.sort()].join('\n');
}

/**
 * Everything about an incident as one ZIP: the record, the report, and every event behind it with what proves it, so
 * that `portcullis-collector incident verify` needs neither this collector nor a network.
 */
export async function evidenceBundle(store: Store, row: IncidentRow, signer: Signer, now: number): Promise<Uint8Array> {
  const files = await store.transaction().execute(async (tx) => {
    const record = await incidentRecord(tx, row, now);
    return [...recordFiles(record, await sectionHistory(tx, row.id), now), ...(await eventFiles(tx, row.id))];
  });
  const report = await reportPdf(await incidentRecord(store, row, now), now);
  const all: BundleFile[] = [...files, { name: 'report.pdf', content: report }];
  const at = isoTime(now);
  const text = signedText(
    at,
    all.map(({ name, content }) => [name, content]),
  );
  const signature = { key: signer.publicKey, signature: signer.sign(bundleContext, text), at };
  return bundle([...all, { name: signatureName, content: json(signature) }], now, { stored: true });
}

export function reportPdf(record: IncidentRecord, now: number): Promise<Buffer> {
  const { number, title, organisation } = record.row;
  return pdf(reportBlocks(record), {
    title: `${number}: ${title}`,
    at: now,
    footer: `${organisation} · ${number}`.trim(),
  });
}

function recordFiles(
  record: IncidentRecord,
  history: Awaited<ReturnType<typeof sectionHistory>>,
  now: number,
): BundleFile[] {
  const { row, values, decisions, approvals, recommendations, evidence, alerts, timeline, frozen, earlier } = record;
  const { frozen: _frozen, ...incident } = row;
  return [
    {
      name: 'incident.json',
      content: json({
        exportedAt: isoTime(now),
        incident,
        sections: values,
        decisions,
        approvals,
        recommendations,
        earlier,
      }),
    },
    { name: 'last-known-state.json', content: json(frozen ?? null) },
    { name: 'section-history.json', content: json(history) },
    { name: 'timeline.json', content: json(timeline) },
    { name: 'alerts.json', content: json(alerts) },
    { name: 'evidence-elsewhere.json', content: json(evidence) },
    { name: 'README.txt', content: readme(row.number) },
  ];
}

async function eventFiles(tx: StoreTransaction, incidentId: string): Promise<BundleFile[]> {
  const rows = await tx
    .selectFrom('incident_alerts')
    .innerJoin('alert_events', 'alert_events.alert_id', 'incident_alerts.alert_id')
    .innerJoin('events', (join) =>
      join.onRef('events.computer_no', '=', 'alert_events.computer_no').onRef('events.seq', '=', 'alert_events.seq'),
    )
    .innerJoin('computers', 'computers.no', 'events.computer_no')
    .select(['events.computer_no', 'computers.id', 'events.seq', 'events.line'])
    .where('incident_id', '=', incidentId)
    .groupBy(['events.computer_no', 'events.seq'])
    .orderBy('events.computer_no')
    .orderBy('events.seq')
    .execute();
  const files: BundleFile[] = [];
  for (const [computerNo, events] of Map.groupBy(rows, ({ computer_no }) => computer_no)) {
    const [first] = events;
    if (!first) continue;
    const lines = events.flatMap(({ line }) => (line === null ? [] : [`${line}\n`]));
    const proof = await chainProof(tx, computerNo, first.seq);
    files.push({ name: `events/${first.id}.jsonl`, content: lines.join('') });
    files.push({ name: `events/${first.id}.proof.json`, content: JSON.stringify(proof) });
  }
  return files;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function readme(number: string): string {
  return [
    `Evidence of incident ${number}.`,
    '',
    'To check it: portcullis-collector incident verify FILE',
    'That needs neither the collector it came from nor a network.',
    '',
    'events/*.jsonl        the events behind the alerts, one a line, exactly as their computer sent them',
    'events/*.proof.json   the hashes of every event from the first of them on, and what the computer signed',
    'signature.json        the signature of the collector under all other files; its key is the one its agents know',
    'SHA256SUMS            the hash of every file; "sha256sum --check SHA256SUMS" knows how to read it',
    '',
  ].join('\n');
}
