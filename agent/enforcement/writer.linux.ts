import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';

/** Writes to an attribute of the kernel. @returns why it did not take it, as a machine word, or undefined */
export type Writer = (path: string, text: string) => Promise<string | undefined>;

/** A write can wait for the lock of a device that hangs; it is not waited for longer than this. */
const longestMilliseconds = 5_000;

export const writeAttribute: Writer = async (path, text) => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, longestMilliseconds, 'timeout');
  });
  try {
    return await Promise.race([write(path, text), late]);
  } finally {
    clearTimeout(timer);
  }
};

async function write(path: string, text: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_WRONLY);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}
