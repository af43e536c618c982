import type { About } from './about.ts';
import type { RegisterState } from './conditions.ts';
import type { RegisterEntry } from './standing.ts';
import { allOf } from './truth.ts';

export interface RegisterMatches {
  /** Entries that are this device's. */
  certain: readonly RegisterEntry[];
  /** Entries that may be, because a fact that would tell is not known. */
  possible: readonly RegisterEntry[];
}

/** The entries of the media register that are this device's, or may be. */
export function registerMatches(subject: About): RegisterMatches {
  return subject.once('register', () => {
    const found = { certain: [] as RegisterEntry[], possible: [] as RegisterEntry[] };
    for (const entry of subject.standing?.register ?? []) {
      const same = isEntryOf(entry, subject);
      if (same) found.certain.push(entry);
      else if (same === undefined) found.possible.push(entry);
    }
    return found;
  });
}

function isEntryOf(entry: RegisterEntry, { facts: { device } }: About): boolean | undefined {
  const own = device.serialTrust === 'device' && device.serial !== undefined;
  return allOf([
    entry.vendorId === undefined || same(entry.vendorId, device.vendorId),
    entry.productId === undefined || same(entry.productId, device.productId),
    own ? entry.serial.toLowerCase() === device.serial?.toLowerCase() : undefined,
  ]);
}

function same(wanted: string, given: string | undefined): boolean | undefined {
  return given === undefined ? undefined : wanted === given;
}

/** Whether the register says this of the device; undefined when that cannot be told. */
export function isRegisteredAs(state: RegisterState, subject: About): boolean | undefined {
  if (!subject.standing?.register) return undefined;
  const { certain, possible } = registerMatches(subject);
  if (state === 'unregistered') return certain.length > 0 ? false : possible.length > 0 ? undefined : true;
  if (certain.some((entry) => stateOf(entry, subject.now) === state)) return true;
  return possible.some((entry) => stateOf(entry, subject.now) === state) ? undefined : false;
}

/** In words: what the register says of the device. */
export function registeredStates(subject: About): string | undefined {
  if (!subject.standing?.register) return undefined;
  const { certain } = registerMatches(subject);
  return certain.length === 0 ? 'unregistered' : certain.map((entry) => stateOf(entry, subject.now)).join(' and ');
}

function stateOf({ state, expires }: RegisterEntry, now: number | undefined): RegisterState {
  const over = expires !== undefined && now !== undefined && now >= Date.parse(expires);
  return state === 'issued' && over ? 'expired' : state;
}
