import { closeSync, constants, openSync } from 'node:fs';
import { PortcullisError } from '#shared/errors.ts';

/** BLKROSET of linux/fs.h: no size in it, the same everywhere. */
const setReadOnlyRequest = 0x125d;

/**
 * Sets the read-only flag of block devices without a process for each, which takes some hundred times longer.
 * @returns what sets it: throws when the node cannot be opened or root is missing; blocks while a device hangs
 */
export async function loadReadOnlyCall(): Promise<(node: string) => void> {
  const { default: koffi } = await import('koffi');
  const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, const int *value)');
  return (node) => {
    const file = openSync(node, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (ioctl(file, setReadOnlyRequest, [1]) < 0) throw new PortcullisError('BLKROSET', 'Not made read-only.');
    } finally {
      closeSync(file);
    }
  };
}
