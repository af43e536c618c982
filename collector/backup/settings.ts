import Type from 'typebox';
import { exactObject } from '#shared/schema.ts';

/** A backup every day. Part of `settings.json`; without it none is made by itself. */
export const BackupSettings = exactObject({
  /** An absolute path, best on another disk. */
  folder: Type.String({ pattern: '^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)', maxLength: 1024 }),
  /** Days that are kept; older ones are deleted after a new one was verified. */
  keep: Type.Integer({ minimum: 1, maximum: 3660 }),
  /** Whether the keys go with it. Default: no. */
  withKeys: Type.Optional(Type.Boolean()),
});
export type BackupSettings = Type.Static<typeof BackupSettings>;
