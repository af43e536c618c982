import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PortcullisError } from '#shared/errors.ts';

const argon2id = promisify(argon2);

interface Cost {
  /** Memory in KiB. */
  m: number;
  /** Passes. */
  t: number;
  /** Lanes. */
  p: number;
}
const cost: Cost = { m: 19_456, t: 2, p: 1 };
const tagLength = 32;
const longestPassword = 256;

/**
 * Hashes and compares passwords with Argon2id. The stored form is a PHC string, so that the cost can be raised later
 * and old hashes still verify.
 */
export interface PasswordHasher {
  /** @throws PortcullisError `busy` (retry) when too many wait already */
  hash(password: string): Promise<string>;
  /** False also for a stored text that is no Argon2id hash. @throws PortcullisError `busy` (retry) */
  verify(password: string, stored: string): Promise<boolean>;
}

/**
 * @param limits each hash takes 19 MiB and a thread of the pool for about 60 ms: `atOnce` run, up to `waiting` wait,
 * and whoever comes then is refused, so that a flood of sign-ins cannot take memory or starve the disk
 */
export function passwordHasher({ atOnce = 2, waiting = 32 } = {}): PasswordHasher {
  const inTurn = turnstile(atOnce, waiting);
  return {
    hash: (password) => inTurn(() => hashPassword(password)),
    verify: (password, stored) => inTurn(() => verifyPassword(password, stored)),
  };
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive(password, salt, cost, tagLength);
  return `$argon2id$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${unpadded(salt)}$${unpadded(tag)}`;
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const parsed = parsePhc(stored);
  if (!parsed || password.length > longestPassword) return false;
  const tag = await derive(password, parsed.salt, parsed.cost, parsed.tag.length);
  return timingSafeEqual(tag, parsed.tag);
}

function derive(password: string, nonce: Buffer, { m, t, p }: Cost, length: number): Promise<Buffer> {
  // The same letters can be typed in several codings; compare one.
  const message = Buffer.from(password.normalize('NFC'));
  return argon2id('argon2id', { message, nonce, memory: m, passes: t, parallelism: p, tagLength: length });
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,128})$/;

function parsePhc(text: string): { cost: Cost; salt: Buffer; tag: Buffer } | undefined {
  const [, m, t, p, salt, tag] = phc.exec(text) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  return {
    cost: { m: Number(m), t: Number(t), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** Runs at most `atOnce` tasks, lets `waiting` more queue, and refuses the rest. */
function turnstile(atOnce: number, waiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (task) => {
    if (running >= atOnce) {
      if (queue.length >= waiting) {
        throw new PortcullisError('busy', 'Too many people sign in at the moment. Try again in a minute.', {
          retry: true,
        });
      }
      // Whoever leaves hands its place on, so `running` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running += 1;
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
