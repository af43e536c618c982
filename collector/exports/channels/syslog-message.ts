import { isoTime } from '#shared/clock.ts';
import type { Severity } from '#shared/policy/words.ts';
import { actionOf, type Sender, severityOf, timeOf } from '../record.ts';
import type { Outgoing } from './channel.ts';

/** Severities of RFC 5424, table 2. */
const levels: Readonly<Record<Severity, number>> = { info: 6, low: 5, medium: 4, high: 3, critical: 2 };

/** One message of RFC 5424. The format's line is its free text; no byte order mark, because receivers hand it on as it is. Pure. */
export function syslogMessage({ record, line }: Outgoing, facility: number, { version }: Sender): string {
  const priority = facility * 8 + levels[severityOf(record)];
  const host = record.type === 'test' ? '-' : headerWord(record.computer.hostname, 255);
  const time = isoTime(timeOf(record));
  const id = headerWord(actionOf(record), 32);
  return `<${priority}>1 ${time} ${host} portcullis - ${id} [origin software="Portcullis" swVersion="${version}"] ${line}`;
}

/** The same with its length in bytes before it (RFC 6587, 3.4.1; RFC 5425, 4.3): line ends then part nothing. Pure. */
export function octetCounted(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/** Printable ASCII without blanks, as header fields must be. */
function headerWord(text: string, longest: number): string {
  const word = text.replaceAll(/[^!-~]+/g, '_').slice(0, longest);
  return word === '' ? '-' : word;
}
