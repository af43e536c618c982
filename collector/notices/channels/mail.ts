import { createTransport } from 'nodemailer';
import { errorCode } from '#shared/errors.ts';
import type { MailSettings } from '../mail-settings.ts';
import { type Channel, DeliveryError } from './channel.ts';

export interface MailSecrets {
  password: string | undefined;
  /** PEM of the mail server's certificate, or of who vouches for it. */
  certificate: string | undefined;
}

const stepMilliseconds = 10_000;

/** Mail over SMTP: one connection a message, so that a message is either said yes to or not. */
export function mailChannel(settings: MailSettings, { password, certificate }: MailSecrets): Channel {
  const transport = createTransport({
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    ...(settings.user !== undefined && { auth: { user: settings.user, pass: password ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(certificate !== undefined && { ca: certificate }) },
    connectionTimeout: stepMilliseconds,
    greetingTimeout: stepMilliseconds,
    socketTimeout: stepMilliseconds,
    // Addresses and texts come from registers and templates: no part of them may fetch a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ messageId, to, organisation, subject, text, html }) => {
    const message = {
      from: settings.senders?.[organisation] ?? settings.from,
      to: to.split(', ').map((address) => ({ name: '', address })),
      messageId,
      subject,
      text,
      html,
      // Out-of-office answers to this would go nowhere.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    };
    try {
      await transport.sendMail(message);
    } catch (error) {
      throw deliveryError(error);
    }
  };
}

const words: Partial<Record<string, string>> = {
  EAUTH: 'The mail server does not accept the user name or password in the settings.',
  ECONNECTION: 'The mail server cannot be reached.',
  ESOCKET: 'The connection to the mail server failed; its certificate may not be trusted.',
  ETIMEDOUT: 'The mail server did not answer in time.',
  EDNS: 'The name of the mail server is not known.',
  ETLS: 'The mail server offers no encryption, and the settings insist on it.',
};

/** Wrong settings can be mended, so only what the server says of this very message is for good. */
function deliveryError(error: unknown): DeliveryError {
  const code = errorCode(error);
  const answer = Number(Object(error).responseCode);
  const isForGood = answer >= 500 && answer < 600 && code !== 'EAUTH';
  if (isForGood) return new DeliveryError('refused', `The mail server refused the message (${answer}).`);
  const says = words[code] ?? (answer > 0 ? `The mail server put it off (${answer}).` : 'The mail could not be sent.');
  return new DeliveryError(answer > 0 ? 'putOff' : code, says, { retry: true });
}
