import Type from 'typebox';
import { InvalidError } from '#shared/errors.ts';
import { type EventKind, kindNames } from '#shared/events/kinds.ts';
import { type Checker, checker, exactObject, oneOf, Text } from '#shared/schema.ts';
import { streamFormats } from './format.ts';

/** A file that holds a key or a secret, from the collector's own folder if it is not absolute. */
const File = Type.String({ minLength: 1, maxLength: 1024 });

const common = {
  /** Names the destination for ever: what it was sent is remembered under it. */
  name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
  format: oneOf(streamFormats),
  /** Where a new destination begins. Default: with what is stored from now on. */
  from: Type.Optional(oneOf(['now', 'beginning'])),
  /** Only these kinds of event. Default: every kind. */
  kinds: Type.Optional(Type.Array(oneOf(kindNames as [EventKind, ...EventKind[]]), { maxItems: kindNames.length })),
  /** Whether steps of alerts go, too. Default: they do. */
  alerts: Type.Optional(Type.Boolean()),
};

const Tls = exactObject({
  /** PEM; only these authorities are believed. Default: those of the system's Node. */
  ca: Type.Optional(File),
  /** PEM of this collector as a client, and its key: both or none. */
  certificate: Type.Optional(File),
  key: Type.Optional(File),
  /** The name that the certificate must have. Default: `host`. */
  serverName: Type.Optional(Text),
});
export type TlsSettings = Type.Static<typeof Tls>;

const Syslog = exactObject({
  ...common,
  channel: Type.Literal('syslog'),
  host: Text,
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** `false` sends in the clear, which has to be asked for by name. */
  tls: Type.Union([Tls, Type.Literal(false)]),
  /** Facility of RFC 5424. Default: 13, log audit. */
  facility: Type.Optional(Type.Integer({ minimum: 0, maximum: 23 })),
  /**
   * When a batch counts as taken. `close`: the receiver answered our closing of the connection, so it has read all of
   * it. `flush`: the system took it and the connection stayed; for receivers that never answer, and weaker.
   */
  confirm: Type.Optional(oneOf(['close', 'flush'])),
});
export type SyslogSettings = Type.Static<typeof Syslog>;

const Webhook = exactObject({
  ...common,
  channel: Type.Literal('webhook'),
  url: Type.String({ pattern: '^https://|^http://(localhost|127\\.0\\.0\\.1)[:/]', maxLength: 2048 }),
  /** At least 32 characters that the receiver knows, too; blanks at the ends do not count. */
  secretFile: File,
  ca: Type.Optional(File),
});
export type WebhookSettings = Type.Static<typeof Webhook>;

const ToFile = exactObject({
  ...common,
  channel: Type.Literal('file'),
  path: File,
  /** Bytes at which a new file is begun. Default: 64 MiB. */
  rotateAt: Type.Optional(Type.Integer({ minimum: 65_536, maximum: 2 ** 40 })),
  /** Older files kept beside the newest. Default: 7. */
  keep: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
export type FileSettings = Type.Static<typeof ToFile>;

/** One destination of the stream of records. */
export type ExportSettings = SyslogSettings | WebhookSettings | FileSettings;

/** `exports` in `settings.json`: looked at more closely by {@link exportSettings}, which can say what is wrong with which. */
export const ExportSettingsList = Type.Array(Type.Object({}), { maxItems: 16 });

const checkers: Readonly<Record<ExportSettings['channel'], Checker<ExportSettings>>> = {
  syslog: checker(Syslog),
  webhook: checker(Webhook),
  file: checker(ToFile),
};

/** @throws InvalidError naming the entry and the key that does not fit */
export function exportSettings(list: readonly object[]): ExportSettings[] {
  const settings = list.map((entry, index) => parsed(entry, `exports[${index}] in settings.json`));
  const doubled = settings.find(({ name }, index) => settings.findIndex((other) => other.name === name) !== index);
  if (doubled) throw new InvalidError(`exports in settings.json: two destinations are called "${doubled.name}".`);
  return settings;
}

function parsed(entry: object, what: string): ExportSettings {
  const channel = 'channel' in entry ? entry.channel : undefined;
  const known = Object.entries(checkers).find(([name]) => name === channel)?.[1];
  if (!known) throw new InvalidError(`${what}: "channel" is one of ${Object.keys(checkers).join(', ')}.`);
  const settings = known.parse(entry, what);
  if (settings.channel === 'syslog' && settings.tls) {
    const { certificate, key } = settings.tls;
    if ((certificate === undefined) !== (key === undefined))
      throw new InvalidError(`${what}: "tls" needs "certificate" and "key" together, or neither.`);
  }
  return settings;
}
