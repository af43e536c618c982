import { createHmac } from 'node:crypto';
import type { FilePath } from '../platform/file-signals.ts';

/** What stands for a file's name in events: tells files apart, and names none to whoever has not the key. */
export function nameHash(key: Buffer, { path, raw }: FilePath): string {
  return createHmac('sha256', key)
    .update(raw ?? path)
    .digest('base64url');
}
