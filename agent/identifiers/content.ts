import { createHmac, type KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const pieceBytes = 256 * 1024;
const markBytes = 16;

/**
 * A keyed mark of a file's content, which says whether two files are alike to whoever has the key and nothing to anybody
 * else. Undefined when the file cannot be read, is no plain file, or changed while it was read.
 * @param worked called after each piece, so that reading can be held to a pace
 */
export async function contentMark(
  path: string | Buffer,
  key: KeyObject,
  worked: () => Promise<void>,
): Promise<string | undefined> {
  // A link or a pipe in the place of the file must neither lead elsewhere nor hold the agent up.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using file = await open(path, flags);
    const before = await file.stat();
    if (!before.isFile()) return undefined;
    const mark = createHmac('sha256', key);
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(before.size, 1)));
    for (let at = 0; at < before.size; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      if (at > before.size) return undefined;
      mark.update(piece.subarray(0, bytesRead));
      await worked();
    }
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) return undefined;
    return mark.digest().toString('base64url', 0, markBytes);
  } catch {
    return undefined;
  }
}
