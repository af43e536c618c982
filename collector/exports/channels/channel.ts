import { PortcullisError } from '#shared/errors.ts';
import type { ExportRecord } from '../record.ts';

/** A record in the format of its destination. */
export interface Outgoing {
  record: ExportRecord;
  line: string;
}

/** A way out of the collector. */
export interface Channel {
  /**
   * Hands over a batch, whole and in order.
   * @returns when the destination took all of it, as far as its protocol can tell
   * @throws SendError when it may not have; the same batch is then sent again
   */
  send(batch: readonly Outgoing[], signal: AbortSignal): Promise<void>;
}

/** Why a destination took nothing. The message is for people and holds no address, name or secret. */
export class SendError extends PortcullisError {
  /** The destination asked not to be tried again sooner, in milliseconds. */
  readonly after: number | undefined;

  constructor(code: string, message: string, { after, cause }: { after?: number | undefined; cause?: unknown } = {}) {
    super(code, message, { retry: true, cause });
    this.after = after;
  }
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens at the address of the destination.',
  ENOTFOUND: 'The host name of the destination is not known.',
  ETIMEDOUT: 'The destination does not answer.',
  EHOSTUNREACH: 'There is no way to the destination.',
  ECONNRESET: 'The destination broke the connection off.',
  EPIPE: 'The destination broke the connection off.',
  ENOENT: 'A file named in the settings is not there.',
  EACCES: 'A file named in the settings may not be read or written.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of the destination is for another name.',
  CERT_HAS_EXPIRED: 'The certificate of the destination has expired.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate of the destination is signed by no authority that is believed.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate of the destination is signed by no authority that is believed.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate of the destination is signed by no authority that is believed.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate of the destination is signed by no authority that is believed.',
};

/** Any fault of a channel as one that people can read. */
export function asSendError(error: unknown, code: string): SendError {
  if (error instanceof SendError) return error;
  return new SendError(code, sentences[code] ?? `The destination took nothing (${code}).`, { cause: error });
}
