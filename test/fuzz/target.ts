import { PortcullisError } from '#shared/errors.ts';
import type { Random } from './chance.ts';

/** What is handed to a part of the product, exactly as it is kept and handed in again. */
export interface Input {
  /** Which part of the target it is for. */
  part: string;
  bytes: Buffer;
  /** Of what is counted, how many it holds; 1 unless told. */
  units?: number;
}

/** A place where the product takes hostile input, opened once and used for many inputs. */
export interface Target {
  /** Milliseconds after which an input counts as never finished. */
  patience: number;
  /** Pure but for `random`. */
  make(random: Random): Input;
  /** @returns what became of it, in a word. @throws whatever must not happen */
  look(input: Input): string | Promise<string>;
  close?(): Promise<void>;
}

export type OpenTarget = () => Target | Promise<Target>;

/** An invariant does not hold. The message says which. */
export class Broken extends Error {}

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Broken(what);
}

/** Bad input may be refused by an error of ours, and by no other. @returns undefined when it was refused */
export function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof PortcullisError) return undefined;
    throw error;
  }
}

export async function unlessRefusedLater<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortcullisError) return undefined;
    throw error;
  }
}
