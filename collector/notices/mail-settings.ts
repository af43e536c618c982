import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import { Identifier } from '#shared/policy/conditions.ts';
import { recipients, severities } from '#shared/policy/words.ts';
import { exactObject, oneOf, Text } from '#shared/schema.ts';

const Address = Type.String({ pattern: '^[^\\s@<>",]+@[^\\s@<>",]+$', maxLength: 254 });
/** `Device control <device-control@example.org>`, or the address alone. */
const Sender = Type.String({
  pattern: '^([^<>"\\r\\n]{1,100} <[^\\s@<>",]+@[^\\s@<>",]+>|[^\\s@<>",]+@[^\\s@<>",]+)$',
});

/** How notices are mailed. Part of `settings.json`; the password is in the file `mail-password` beside it. */
export const MailSettings = exactObject({
  /** The mail server and its port, usually 465 with `tls` and 587 with `starttls`. */
  host: Type.String({ pattern: '^[A-Za-z0-9._:-]+$', maxLength: 255 }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** `starttls` insists on it. `none` is for a mail server on this same computer only. */
  security: oneOf(['tls', 'starttls', 'none']),
  /** Who signs in at the mail server; without it nobody does. */
  user: Type.Optional(Text),
  /** A file in the collector's folder with the certificate of a mail server that no public authority vouches for. */
  certificate: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]+$', maxLength: 100 })),
  from: Sender,
  /** Other senders, by the name of the organisation. */
  senders: Type.Optional(Type.Record(Text, Sender)),
  /** Where people reach this console, for example `https://collector.example:8443`. */
  address: Type.String({ pattern: '^https://[^/\\s]+$', maxLength: 255 }),
  /** Mailboxes for a part, such as the service desk for `ict`, instead of the people who have the role. */
  contacts: Type.Optional(
    Type.Partial(Type.Record(oneOf(recipients), Type.Array(Address, { minItems: 1, maxItems: 20 }))),
  ),
  /** Who answers questions about a notice, as it stands in its last lines. */
  askWhom: Type.Optional(Text),
});
export type MailSettings = Type.Static<typeof MailSettings>;

/** Other programs that hear of notices. The secret for signing is in the file `webhook-secret`. */
export const WebhookSettings = exactObject({
  name: Identifier,
  /** `https://…`; plain only to this same computer. */
  url: Type.String({ pattern: '^https://|^http://(localhost|127\\.0\\.0\\.1)[:/]', maxLength: 2000 }),
  /** What is sent: our own JSON, or what Teams or Slack show as a message. */
  shape: oneOf(['portcullis', 'teams', 'slack']),
  /** Only from this severity on. */
  from: Type.Optional(oneOf(severities)),
});
export type WebhookSettings = Type.Static<typeof WebhookSettings>;

const onThisComputer = ['localhost', '127.0.0.1', '::1'];

/** @throws PortcullisError `mailUnprotected` when mail would cross a network in plain text */
export function checkMailSettings({ security, host }: MailSettings): void {
  if (security !== 'none' || onThisComputer.includes(host)) return;
  const says = 'Mail would go over the network unencrypted. Set mail.security in settings.json to tls or starttls.';
  throw new PortcullisError('mailUnprotected', says);
}
