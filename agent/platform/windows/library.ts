import koffi from 'koffi';
import { PortcullisError } from '#shared/errors.ts';

/** A handle of Windows, as a number. */
export type Handle = number | bigint;

type Declare = <T extends (...args: never[]) => unknown>(definition: string) => T;

/**
 * Opens a library of the system; what it gives takes the declaration of a function in C and makes it callable. `T` is
 * the same declaration for the compiler, which cannot compare the two.
 * @throws when this Windows has no such library, or later no such function
 */
export function library(name: string): Declare {
  const opened = koffi.load(`${name}.dll`);
  return <T>(definition: string) => opened.func(definition) as unknown as T;
}

/** Numbers of winerror.h that have a word of their own in Node. */
const words: Readonly<Record<number, string>> = {
  1: 'ENOSYS',
  2: 'ENOENT',
  3: 'ENOENT',
  5: 'EACCES',
  32: 'EBUSY',
  50: 'ENOTSUP',
  87: 'EINVAL',
  120: 'ENOSYS',
};

/** A machine word for an error of Windows: `EACCES`, or `win32-1005`. */
export function errorWord(number: number): string {
  return words[number] ?? `win32-${number}`;
}

export function windowsError(number: number, what: string): PortcullisError {
  return new PortcullisError(errorWord(number), `${what} (${errorWord(number)}).`);
}
