import { createHmac } from 'node:crypto';
import type { Clock } from '#shared/clock.ts';
import type { WebhookSettings } from '../mail-settings.ts';
import { type Channel, DeliveryError } from './channel.ts';

const milliseconds = 15_000;

/**
 * POSTs the text of a message, which is JSON, to another program. It is signed: the header `x-portcullis-signature` is the
 * HMAC-SHA256, in hexadecimal, of the header `x-portcullis-timestamp` (seconds since 1970), a dot and the body.
 */
export function webhookChannel({ url }: WebhookSettings, secret: string, clock: Clock): Channel {
  return async ({ text, messageId }) => {
    const timestamp = String(Math.floor(clock.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'x-portcullis-delivery': messageId,
      'x-portcullis-timestamp': timestamp,
      'x-portcullis-signature': webhookSignature(secret, timestamp, text),
    };
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(milliseconds),
    }).catch((cause: unknown) => {
      throw new DeliveryError('unreachable', 'The other program cannot be reached.', { retry: true, cause });
    });
    await answer.body?.cancel();
    if (answer.ok) return;
    const isForGood = answer.status >= 400 && answer.status < 500 && ![408, 425, 429].includes(answer.status);
    const says = `The other program answered with status ${answer.status}.`;
    throw new DeliveryError(isForGood ? 'refused' : 'putOff', says, { retry: !isForGood });
  };
}

export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** The minimum about a notice, as a mail has it: no person, no file, no data. */
export interface WebhookFacts {
  reference: string;
  severity: string;
  matter: string;
  computer: string;
  clause: string;
  at: string;
  count: number;
  link: string;
}

/** Pure. */
export function webhookBody(shape: WebhookSettings['shape'], facts: WebhookFacts): string {
  const { severity, matter, computer, link, reference } = facts;
  const line = `${severity.toUpperCase()}: ${matter} on ${computer} (${reference})`;
  switch (shape) {
    case 'portcullis':
      return JSON.stringify({ type: 'notice', version: 1, ...facts });
    case 'slack':
      return JSON.stringify({ text: `${slackText(line)}\n<${link}|Open the notice>` });
    case 'teams':
      return JSON.stringify({
        type: 'message',
        attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card(line, link) }],
      });
  }
}

function card(line: string, url: string) {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'TextBlock', text: line, wrap: true, weight: 'Bolder' }],
    actions: [{ type: 'Action.OpenUrl', title: 'Open the notice', url }],
  };
}

function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
