import { isDeepStrictEqual } from 'node:util';
import { eventCheckers, isEventKind, type PortcullisEvent } from '#shared/events/kinds.ts';
import { octetCounted, syslogMessage } from '../../collector/exports/channels/syslog-message.ts';
import { csvColumns, csvHeading } from '../../collector/exports/csv.ts';
import { formatLine } from '../../collector/exports/format.ts';
import { type EventRecord, eventUid, type Sender } from '../../collector/exports/record.ts';
import { readCsv, writeCsv } from '../../collector/register/csv.ts';
import { exampleRecords } from '../collector/exports/example-records.ts';
import { parseCef } from '../collector/exports/parse-cef.ts';
import { below, pick, type Random } from './chance.ts';
import { mutateLines } from './mutate-bytes.ts';
import { mutateLeaves } from './mutate-json.ts';
import { holds, type Input, type Target, unlessRefused } from './target.ts';

/** What is kept of an input: an event that ingest takes, and the words of its computer and its organisation. */
interface Exported {
  event: PortcullisEvent;
  hostname: string;
  organisation: string;
}

const computerId = '01a20786-bb40-728c-85d0-c4d6bc71817e';
const syslogHeader =
  /^<\d{1,3}>1 \d{4}-\d{2}-\d{2}T[\d:.]+Z [!-~]{1,255} portcullis - [!-~]{1,32} \[origin software="Portcullis" swVersion="0\.1\.0"\] /;

/** Records of events that an agent may really send, written in every format and read back as receivers do. */
export function openExports(): Target {
  const checkerOf = eventCheckers();

  function isEvent(event: PortcullisEvent): boolean {
    return isEventKind(event?.kind) && checkerOf(event.kind).check(event) && !Number.isNaN(Date.parse(event.at));
  }

  function lines({ event, hostname, organisation }: Exported): string {
    if (!isEvent(event) || typeof hostname !== 'string' || typeof organisation !== 'string') return 'no event';
    const sender: Sender = { organisation, version: '0.1.0' };
    const computer = { id: computerId, hostname };
    const uid = eventUid(computerId, event.seq);
    const record: EventRecord = { type: 'event', uid, computer, receivedAt: Date.UTC(2026, 10, 30), event };
    const ocsf = formatLine('ocsf', record, sender);
    json(ocsf, uid, (value) => (value as { metadata: { uid: string } }).metadata.uid);
    json(formatLine('jsonl', record, sender), uid, (value) => (value as { event: { id: string } }).event.id);
    cef(formatLine('cef', record, sender), record);
    csv(formatLine('csv', record, sender), record);
    syslog(record, ocsf, sender);
    return 'read back';
  }

  return {
    patience: 20_000,
    make(random): Input {
      if (random() < 0.15) return { part: 'table', bytes: Buffer.from(damagedTable(random)) };
      const { event } = pick(exampleRecords, random);
      const given = { event: structuredClone(event), hostname: 'FOC-LT-014', organisation: 'Example Care' };
      const changed = mutateLeaves(given, random) as Exported;
      // The kind stays, so that most of what is made is an event still.
      return {
        part: 'record',
        bytes: Buffer.from(JSON.stringify({ ...changed, event: { ...changed.event, kind: event.kind, at: event.at } })),
      };
    },
    look({ part, bytes }) {
      const text = bytes.toString('utf8');
      if (part === 'table') return table(text);
      const given = unlessBroken(text);
      return given === undefined ? 'no event' : lines(given);
    },
  };
}

function unlessBroken(text: string): Exported | undefined {
  try {
    return JSON.parse(text) as Exported;
  } catch {
    return undefined;
  }
}

const lineEnds = /[\n\r\u2028\u2029]/;

function json(line: string, uid: string, uidIn: (value: unknown) => string): void {
  holds(!/[\n\r]/.test(line), 'a record is one line');
  const value: unknown = JSON.parse(line);
  holds(uidIn(value) === uid, 'a record is known again by its uid');
  holds(JSON.stringify(value) === line, 'a line of JSON is the same when it is written again');
}

/** No text of a device may add a key, or end the header. */
function cef(line: string, { uid, event }: EventRecord): void {
  holds(!lineEnds.test(line), 'a record is one line');
  const { header, extension } = parseCef(line);
  holds(header.signature === event.kind && /^\d+$/.test(header.severity), 'the header is as it was written');
  holds(extension.externalId === uid && extension.cat === event.kind, 'the keys are those that were written');
  holds(extension.deviceExternalId === computerId, 'no text of a device takes the place of another key');
}

function csv(line: string, { uid, event }: EventRecord): void {
  const rows = readCsv(`${csvHeading()}\n${line}\n`, csvColumns, ['uid']);
  holds(rows.length === 1, 'a record is one row');
  const { values = {} } = rows[0] ?? {};
  holds(values.uid === uid && values.kind === event.kind, 'every value stands in its column');
  const formula = Object.values(values).find((value) => /^[=+\-@\t\r]/.test(value) && !/^-?\d+$/.test(value));
  holds(formula === undefined, 'no value is a formula');
}

function syslog(record: EventRecord, line: string, sender: Sender): void {
  const message = syslogMessage({ record, line }, 13, sender);
  const header = syslogHeader.exec(message)?.[0];
  holds(header !== undefined && message.slice(header.length) === line, 'header and line of a message stand apart');
  const counted = octetCounted(message);
  const blank = counted.indexOf(' ');
  const length = Number(counted.subarray(0, blank).toString('latin1'));
  holds(length === counted.length - blank - 1, 'the length of a message is that of its bytes');
}

const columns = ['name', 'note', 'code'] as const;

function damagedTable(random: Random): string {
  const cell = () => pick(['a', '', '=1+1', '"quoted"', 'a,b', 'line\nend', '\u202e', "'", '-1', ' x '], random);
  const rows = Array.from({ length: below(random, 5) }, () => columns.map(cell));
  const text = writeCsv(columns, rows);
  return random() < 0.5 ? mutateLines(text, random) : text;
}

/** A table that is read and written again says the same. */
function table(text: string): string {
  const rows = unlessRefused(() => readCsv(text, columns, []));
  if (!rows) return 'refused';
  const named = (of: typeof rows) => of.map(({ values }) => columns.map((name) => values[name] ?? ''));
  const written = writeCsv(columns, named(rows));
  const again = named(readCsv(written, columns, []));
  holds(
    isDeepStrictEqual(named(readCsv(writeCsv(columns, again), columns, [])).length, again.length),
    'no row is lost',
  );
  return 'read back';
}
