import { PortcullisError } from '#shared/errors.ts';
import type { InspectionStatus } from '#shared/identifiers/inspection.ts';

/** Why a document, or a part of it, was not read. The reason holds nothing of the document. */
export class Unread extends PortcullisError {
  readonly status: Exclude<InspectionStatus, 'inspected'>;

  constructor(status: Unread['status'], reason: string, cause?: unknown) {
    super(status, reason, { cause });
    this.status = status;
  }
}

/** The limits of the whole file are reached, so that no other part of it is read either. */
export class Exhausted extends Unread {
  constructor(reason: string) {
    super('too-large', reason);
  }
}

/** What a reader threw, as a verdict. A reader that stumbles says no more than that: its words may quote the document. */
export function asUnread(error: unknown): Unread {
  if (error instanceof Unread) return error;
  return new Unread('failed', 'It is damaged, or not what it seems to be.', error);
}
