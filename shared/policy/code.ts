import { createHmac, timingSafeEqual } from 'node:crypto';
import Type from 'typebox';
import { exactObject, oneOf } from '../schema.ts';
import { type RightName, rightNames } from './decision.ts';

/**
 * One-time codes for a computer that cannot be reached: the person reads a challenge of eight characters out on the
 * telephone and types in the twelve that are read back. A challenge is made for one thing on one computer, and a code
 * for one challenge; both are made with the secret that the computer was given when it enrolled. Nothing here keeps
 * state: that a code serves once is the agent's part.
 */

/** Crockford's base 32: no I, L, O and U, because they are misheard and misread. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const misread: Record<string, string> = { I: '1', L: '1', O: '0', U: 'V' };
const challengeLength = 8;
const codeLength = 12;
const macBits = 50n;

/** How long a code may hold, in minutes. The place in the list travels in the code: only ever add at the end. */
export const codeMinutes = [15, 30, 60, 120, 240, 480, 1440, 4320, 10_080] as const;
export type CodeMinutes = (typeof codeMinutes)[number];

/** Break-glass, a code for the whole computer, holds no longer than this. */
export const longestBreakGlassMinutes = 480;

export const codeScopes = ['device', 'computer'] as const;

/** What a code grants. `computer`: break-glass, everything on the whole computer. */
export const CodeGrant = exactObject({
  scope: oneOf(codeScopes),
  rights: Type.Array(oneOf(rightNames), { minItems: 1, maxItems: rightNames.length, uniqueItems: true }),
  minutes: Type.Union(codeMinutes.map((minutes) => Type.Literal(minutes))),
});
export interface CodeGrant {
  scope: (typeof codeScopes)[number];
  rights: RightName[];
  minutes: CodeMinutes;
}

/** Eight characters as they are kept and signed: upper case, without hyphen. */
export const ChallengeText = Type.String({ pattern: `^[${alphabet}]{${challengeLength}}$` });

/** What a challenge is made from; the agent keeps it to itself. */
export interface ChallengeSeed {
  /** At least 16 random bytes, base64url, new for each challenge. */
  nonce: string;
  /** `deviceKey` of the device, or `*` for the whole computer. */
  subject: string;
}
export const wholeComputer = '*';

/** @param secret the computer's, base64url */
export function makeChallenge(secret: string, { nonce, subject }: ChallengeSeed): string {
  const body = spell(bitsOf(mac(secret, 'challenge', nonce, subject), 35n), challengeLength - 1);
  return body + checkCharacter(secret, body);
}

/** The last character depends on the others and on the secret, so most slips of the tongue are noticed at once. */
function checkCharacter(secret: string, body: string): string {
  return spell(bitsOf(mac(secret, 'check', body), 5n), 1);
}

/** Whether this can be a challenge of the computer with this secret. One wrong one in 32 passes; its code then does not. */
export function isChallengeOf(secret: string, challenge: string): boolean {
  return sameText(checkCharacter(secret, challenge.slice(0, -1)), challenge.slice(-1));
}

/** @param challenge as {@link readChallenge} gives it. @returns twelve characters without hyphens */
export function makeCode(secret: string, computerId: string, challenge: string, grant: CodeGrant): string {
  const granted = grantBits(grant);
  return spell((granted << macBits) | codeMac(secret, computerId, challenge, granted), codeLength);
}

/**
 * What a code grants, or null when it was not made for this thing on this computer. Takes equally long whatever is
 * wrong with it.
 * @param code as {@link readCode} gives it
 */
export function checkCode(
  secret: string,
  computerId: string,
  { seed, challenge }: { seed: ChallengeSeed; challenge: string },
  code: string,
): CodeGrant | null {
  const granted = bitsIn(code) >> macBits;
  const isHere = sameText(makeChallenge(secret, seed), challenge);
  const isCode = sameText(
    spell((granted << macBits) | codeMac(secret, computerId, challenge, granted), codeLength),
    code,
  );
  const grant = grantOf(granted);
  const isForSubject = grant !== null && (grant.scope === 'computer') === (seed.subject === wholeComputer);
  return isHere && isCode && isForSubject ? grant : null;
}

/** Ten bits: one for the scope, four for the rights, five for the place in the list of durations. */
function grantBits({ scope, rights, minutes }: CodeGrant): bigint {
  const rightBits = rightNames.reduce((bits, right, place) => bits | (rights.includes(right) ? 1 << place : 0), 0);
  return BigInt(((scope === 'computer' ? 1 : 0) << 9) | (rightBits << 5) | codeMinutes.indexOf(minutes));
}

function grantOf(bits: bigint): CodeGrant | null {
  const value = Number(bits);
  const minutes = codeMinutes[value & 31];
  const rights = rightNames.filter((_, place) => value & (1 << (5 + place)));
  if (minutes === undefined || rights.length === 0) return null;
  const scope = value >> 9 ? 'computer' : 'device';
  const grant: CodeGrant = { scope, rights, minutes };
  return grantFault(grant) === undefined ? grant : null;
}

/** Why a grant cannot be made, in a sentence; undefined when it can. */
export function grantFault({ scope, rights, minutes }: CodeGrant): string | undefined {
  if (scope === 'device') return undefined;
  if (rights.length < rightNames.length) return 'A code for the whole computer grants every right: name all of them.';
  if (minutes > longestBreakGlassMinutes) {
    return `A code for the whole computer holds for ${longestBreakGlassMinutes / 60} hours at most.`;
  }
  return undefined;
}

/** What a person typed or read out, in any case and with any blanks and hyphens. Undefined when it cannot be one. */
export function readChallenge(typed: string): string | undefined {
  return read(typed, challengeLength);
}
export function readCode(typed: string): string | undefined {
  return read(typed, codeLength);
}

/** In groups of four, as it is read out. */
export function spoken(text: string): string {
  return text.match(/.{1,4}/g)?.join('-') ?? '';
}

function read(typed: string, length: number): string | undefined {
  const plain = [...typed.slice(0, 64).toUpperCase()].filter((letter) => !/[\s.-]/.test(letter));
  const letters = plain.map((letter) => misread[letter] ?? letter);
  return letters.length === length && letters.every((letter) => alphabet.includes(letter))
    ? letters.join('')
    : undefined;
}

function codeMac(secret: string, computerId: string, challenge: string, granted: bigint): bigint {
  return bitsOf(mac(secret, 'code', computerId, challenge, String(granted)), macBits);
}

function mac(secret: string, ...words: string[]): Buffer {
  const text = JSON.stringify(['portcullis.code.v1', ...words]);
  return createHmac('sha256', Buffer.from(secret, 'base64url')).update(text).digest();
}

function bitsOf(digest: Buffer, bits: bigint): bigint {
  return digest.readBigUInt64BE(0) >> (64n - bits);
}

function spell(value: bigint, length: number): string {
  let text = '';
  for (let left = value; text.length < length; left >>= 5n) text = alphabet.charAt(Number(left & 31n)) + text;
  return text;
}

function bitsIn(text: string): bigint {
  return [...text].reduce((value, letter) => (value << 5n) | BigInt(Math.max(0, alphabet.indexOf(letter))), 0n);
}

function sameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
