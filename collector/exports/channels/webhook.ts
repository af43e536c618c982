import { createHash, createHmac } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import type { WebhookSettings } from '../settings.ts';
import { asSendError, type Channel, type Outgoing, SendError } from './channel.ts';

const answerMilliseconds = 30_000;
const shortestSecret = 32;
/** A receiver cannot put us off for longer than this. */
const longestWait = 3_600_000;

/**
 * Batches by HTTPS POST, one record a line. A 2xx answer is the confirmation. The receiver checks
 * `portcullis-signature: v1=<hex>`, the HMAC-SHA-256 under the shared secret of `<timestamp>.<body>`, and that
 * `portcullis-timestamp` (seconds since 1970) is of these minutes; `idempotency-key` is the same when the same batch comes again.
 * @param read gives the content of a file that the settings name
 */
export function webhookChannel(settings: WebhookSettings, clock: Clock, read: (file: string) => Buffer): Channel {
  async function send(batch: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    const secret = read(settings.secretFile).toString('utf8').trim();
    if (secret.length < shortestSecret)
      throw new SendError('weakSecret', `The secret has fewer than ${shortestSecret} characters.`);
    const body = batch.map(({ line }) => `${line}\n`).join('');
    const timestamp = String(Math.floor(clock.now() / 1000));
    const { status, after } = await post(settings, read, signal, body, {
      'content-type': 'application/x-ndjson',
      'idempotency-key': idempotencyKey(batch),
      'portcullis-timestamp': timestamp,
      'portcullis-signature': webhookSignature(secret, timestamp, body),
    });
    if (status < 200 || status > 299)
      throw new SendError('refused', `The destination answered with status ${status}.`, { after });
  }

  return {
    send: (batch, signal) =>
      send(batch, signal).catch((error: unknown) => {
        throw asSendError(error, errorCode(error));
      }),
  };
}

/** Pure. */
export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

function idempotencyKey(batch: readonly Outgoing[]): string {
  return createHash('sha256')
    .update(batch.map(({ record }) => record.uid).join('\n'))
    .digest('hex');
}

interface HookAnswer {
  status: number;
  after: number | undefined;
}

/** Redirections are not followed: the records are for the address in the settings. */
function post(
  { url, ca }: WebhookSettings,
  read: (file: string) => Buffer,
  signal: AbortSignal,
  body: string,
  headers: Record<string, string>,
): Promise<HookAnswer> {
  const isTls = url.startsWith('https:');
  const options = {
    method: 'POST',
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent: false as const,
    ...(isTls && { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca: read(ca) }) }),
  };
  return new Promise((resolve, reject) => {
    const sending = (isTls ? requestTls : requestPlain)(url, options, (answer) => {
      const status = answer.statusCode ?? 0;
      // Only the status matters, and a long body is not waited for.
      answer.destroy();
      resolve({ status, after: retryAfter(answer.headers['retry-after']) });
    });
    sending.on('error', (error) =>
      reject(options.signal.aborted ? new SendError('ETIMEDOUT', 'The destination does not answer.') : error),
    );
    sending.end(body);
  });
}

function retryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || !Number.isFinite(seconds) || seconds < 0
    ? undefined
    : Math.min(seconds * 1000, longestWait);
}
