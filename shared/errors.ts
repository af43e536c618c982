/**
 * An error that answers the caller's three questions: which one (`code`), what and how to mend it (`message`),
 * and whether the same attempt may succeed later (`retry`). Messages never hold device strings, names or secrets.
 */
export class PortcullisError extends Error {
  readonly code: string;
  readonly retry: boolean;

  constructor(code: string, message: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retry = options.retry ?? false;
  }
}

/** The command line was used wrongly: exit status 2. */
export class UsageError extends PortcullisError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** A document or message does not fit its schema. The message names the place and the mend. */
export class InvalidError extends PortcullisError {
  constructor(message: string, options: { code?: string; cause?: unknown } = {}) {
    super(options.code ?? 'invalid', message, options);
  }
}

/** The short machine word of any thrown thing: ours, Node's (`ENOENT`), or `unknown`. Safe to log. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** The sentence of any thrown thing. May hold a path or a device string: for people at a terminal, not for logs. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
