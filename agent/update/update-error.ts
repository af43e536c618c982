import { PortcullisError } from '#shared/errors.ts';
import type { UpdateFailure } from '#shared/events/agent.ts';

/** Why an update came to nothing. `retry`: the same offer may do another time. */
export class UpdateError extends PortcullisError {
  readonly reason: UpdateFailure;

  constructor(reason: UpdateFailure, says: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(reason, says, options);
    this.reason = reason;
  }
}
