import { PortcullisError } from '#shared/errors.ts';

/** A message ready to go, with everything it will ever have. */
export interface Outgoing {
  /** The same at every attempt. */
  messageId: string;
  to: string;
  organisation: string;
  subject: string;
  text: string;
  html: string;
}

/** One way out. Resolves when the other side has said yes. @throws DeliveryError */
export type Channel = (message: Outgoing) => Promise<void>;

/** It did not go out. `retry` says whether the same message may go out later. The message names no address. */
export class DeliveryError extends PortcullisError {}
