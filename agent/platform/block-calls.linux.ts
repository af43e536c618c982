import { open } from 'node:fs/promises';
import { PortcullisError } from '#shared/errors.ts';

/** BLKROSET of linux/fs.h: no size in it, the same everywhere. */
const setReadOnlyRequest = 0x125d;

/**
 * Sets the read-only flag of block devices without a process for each, which takes some hundred times longer.
 * @returns what sets it: rejects when the node cannot be opened or root is missing; waits for a device that hangs
 */
export async function loadReadOnlyCall(): Promise<(node: string) => Promise<void>> {
  const { default: koffi } = await import('koffi');
  const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, const int *value)');
  return async (node) => {
    const handle = await open(node, 'r');
    try {
      if (ioctl(handle.fd, setReadOnlyRequest, [1]) < 0) throw new PortcullisError('BLKROSET', 'Not made read-only.');
    } finally {
      await handle.close();
    }
  };
}
