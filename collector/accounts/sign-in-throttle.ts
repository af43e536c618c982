import type { Clock } from '#shared/clock.ts';

/** Bounds how often one network address may fail to sign in. Only failures count, so that a whole office can come in. */
export interface SignInThrottle {
  /** Takes one attempt before anything is looked at. @returns false when the address has none left */
  take(address: string): boolean;
  /** Gives it back after a success, or when it was never looked at. */
  giveBack(address: string): void;
}

/** Ten in five minutes: what Cyber Essentials allows. */
const usual = { failures: 10, milliseconds: 5 * 60 * 1000, addresses: 10_000 };

/**
 * @param bounds `addresses` are remembered, the oldest forgotten first: memory stays bounded, and who has so many
 * addresses is held by the lock of the account and the turnstile of the hasher
 */
export function signInThrottle(clock: Clock, bounds = usual): SignInThrottle {
  const windows = new Map<string, { since: number; taken: number }>();
  function windowOf(address: string) {
    const now = clock.monotonic();
    const standing = windows.get(address);
    if (standing && now - standing.since < bounds.milliseconds) return standing;
    const fresh = { since: now, taken: 0 };
    windows.delete(address);
    if (windows.size >= bounds.addresses) windows.delete(windows.keys().next().value ?? '');
    windows.set(address, fresh);
    return fresh;
  }
  return {
    take(address) {
      const window = windowOf(networkOf(address));
      if (window.taken >= bounds.failures) return false;
      window.taken += 1;
      return true;
    },
    giveBack(address) {
      const window = windowOf(networkOf(address));
      window.taken = Math.max(0, window.taken - 1);
    },
  };
}

/** One customer of a provider has a whole /64 of IPv6 addresses; it counts as one. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
