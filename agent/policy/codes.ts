import { randomBytes } from 'node:crypto';
import Type from 'typebox';
import { type Clock, isoTime } from '#shared/clock.ts';
import { DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import { PortcullisError } from '#shared/errors.ts';
import {
  ChallengeText,
  type CodeGrant,
  checkCode,
  codeScopes,
  makeChallenge,
  readCode,
  wholeComputer,
} from '#shared/policy/code.ts';
import type { DeviceMatch } from '#shared/policy/conditions.ts';
import { rightNames } from '#shared/policy/decision.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { Base64Url, Count, checker, exactObject, oneOf, Text, Time } from '#shared/schema.ts';
import type { Platform } from '../platform/platform.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change, ChangeOf } from '../watchers/watcher.ts';

const Pending = exactObject({
  challenge: ChallengeText,
  nonce: Base64Url,
  /** Absent: the whole computer. */
  device: Type.Optional(DeviceFacts),
  madeAt: Count,
});
type Pending = Type.Static<typeof Pending>;

const Redeemed = exactObject({
  challenge: ChallengeText,
  scope: oneOf(codeScopes),
  device: Type.Optional(DeviceFacts),
  rights: Type.Array(oneOf(rightNames), { maxItems: rightNames.length }),
  until: Time,
  /** The same end by a clock that nobody can set, for as long as the computer is not started again. */
  bootId: Text,
  endsAtUptime: Count,
});
type Redeemed = Type.Static<typeof Redeemed>;

const mostPending = 16;
const mostRedeemed = 100;
const CodeMemory = exactObject({
  pending: Type.Array(Pending, { maxItems: mostPending }),
  redeemed: Type.Array(Redeemed, { maxItems: mostRedeemed }),
  /** Wrong codes since the last right one. */
  attempts: Count,
  /** Milliseconds since 1970 until which none is taken. */
  waitUntil: Count,
});
type CodeMemory = Type.Static<typeof CodeMemory>;

export interface CodeParts {
  /** Of the identity; undefined for a computer enrolled before there were codes. */
  secret: string | undefined;
  computerId: string;
  clock: Clock;
  platform: Pick<Platform, 'bootId' | 'uptimeMilliseconds'>;
  recall(name: string): unknown;
  record(changes: readonly Change[], memory: Memory): void;
  /** Challenges whose codes were cancelled, as the collector last told. */
  cancelled(): readonly string[];
}

/** One-time codes on this computer: challenges that were read out, and codes that hold. */
export interface CodeKeeper {
  /**
   * The challenge to read out for a device, or for the whole computer when none is named. The same one again while it
   * is good, so that asking twice does not spoil a code that is on its way. @throws PortcullisError `noCodeSecret`, `wait`
   */
  challenge(device: DeviceFacts | undefined): string;
  /** Takes a code, once. @throws PortcullisError `noCodeSecret`, `wait`, `notACode`, `wrongCode` */
  redeem(typed: string): Redeemed;
  /** What holds now. */
  inForce(): Pick<Standing, 'codes' | 'breakGlass'>;
  /** Ends what ran out or was cancelled. @returns whether anything did */
  settle(): boolean;
}

const mostAttempts = 5;
const waitMilliseconds = 5 * 60_000;
const challengeMilliseconds = 24 * 60 * 60_000;
const name = 'codes';
const nothing: CodeMemory = { pending: [], redeemed: [], attempts: 0, waitUntil: 0 };

export function codeKeeper(parts: CodeParts): CodeKeeper {
  const { clock, platform, computerId } = parts;
  const recalled = parts.recall(name);
  let state: CodeMemory = checker(CodeMemory).check(recalled) ? recalled : nothing;

  function save(next: CodeMemory, changes: readonly Change[] = []): void {
    parts.record(changes, { name, value: next });
    state = next;
  }

  /** The secret, unless too many wrong codes were typed in. */
  function opened(): string {
    if (parts.secret === undefined) {
      throw new PortcullisError('noCodeSecret', 'This computer was enrolled before there were codes. Enrol it again.');
    }
    const wait = state.waitUntil - clock.now();
    // A wait that is longer than any can be comes from a clock that was wrong.
    if (wait > 0 && wait <= waitMilliseconds) {
      const says = `Too many wrong codes. Wait ${Math.ceil(wait / 60_000)} minutes, then ask for a new challenge.`;
      throw new PortcullisError('wait', says, { retry: true });
    }
    return parts.secret;
  }

  const isGood = ({ challenge, madeAt }: Pending) =>
    Math.abs(clock.now() - madeAt) < challengeMilliseconds && !parts.cancelled().includes(challenge);

  function missed(): never {
    const attempts = state.attempts + 1;
    if (attempts < mostAttempts) {
      save({ ...state, attempts });
      const left = mostAttempts - attempts;
      throw new PortcullisError('wrongCode', `This code is not for this computer and device. ${left} more attempts.`);
    }
    const refused: ChangeOf<'code.refused'> = {
      kind: 'code.refused',
      data: { attempts, waitSeconds: waitMilliseconds / 1000 },
    };
    save({ ...state, attempts: 0, pending: [], waitUntil: clock.now() + waitMilliseconds }, [refused]);
    throw new PortcullisError(
      'wrongCode',
      'This code is not for this computer and device. Its challenge holds no more.',
    );
  }

  function redeemedNow(pending: Pending, { scope, rights, minutes }: CodeGrant): Redeemed {
    const lasts = minutes * 60_000;
    return {
      challenge: pending.challenge,
      scope,
      ...(pending.device && { device: pending.device }),
      rights,
      until: isoTime(clock.now() + lasts),
      bootId: platform.bootId(),
      endsAtUptime: platform.uptimeMilliseconds() + lasts,
    };
  }

  function isOver({ until, bootId, endsAtUptime }: Redeemed): boolean {
    const sameRun = bootId === platform.bootId();
    return clock.now() >= Date.parse(until) || (sameRun && platform.uptimeMilliseconds() >= endsAtUptime);
  }

  return {
    challenge(device) {
      const secret = opened();
      const good = state.pending.filter(isGood);
      const subject = subjectOf(device);
      const known = good.find((pending) => subjectOf(pending.device) === subject);
      if (known) return known.challenge;
      const nonce = randomBytes(16).toString('base64url');
      const challenge = makeChallenge(secret, { nonce, subject });
      const fresh: Pending = { challenge, nonce, ...(device && { device }), madeAt: clock.now() };
      save({ ...state, pending: [...good, fresh].slice(-mostPending) });
      return challenge;
    },
    redeem(typed) {
      const secret = opened();
      const code = readCode(typed);
      if (code === undefined) {
        throw new PortcullisError('notACode', 'A code has twelve letters and digits in groups of four.');
      }
      for (const pending of state.pending.filter(isGood)) {
        const { challenge, nonce, device } = pending;
        const grant = checkCode(secret, computerId, { seed: { nonce, subject: subjectOf(device) }, challenge }, code);
        if (!grant) continue;
        const redeemed = redeemedNow(pending, grant);
        const rest = state.pending.filter((other) => other !== pending);
        const held = [...state.redeemed, redeemed].slice(-mostRedeemed);
        const { bootId: _boot, endsAtUptime: _end, ...data } = redeemed;
        save({ ...state, attempts: 0, pending: rest, redeemed: held }, [
          { kind: 'code.redeemed', data: { ...data, minutes: grant.minutes } },
        ]);
        return redeemed;
      }
      return missed();
    },
    inForce() {
      const cancelled = parts.cancelled();
      return standingOf(state.redeemed.filter((code) => !isOver(code) && !cancelled.includes(code.challenge)));
    },
    settle() {
      const cancelled = parts.cancelled();
      const ended: Change[] = [];
      const left = state.redeemed.filter((code) => {
        const isCancelled = cancelled.includes(code.challenge);
        if (!isCancelled && !isOver(code)) return true;
        ended.push(endedChange(code, isCancelled ? 'cancelled' : 'expired'));
        return false;
      });
      if (ended.length > 0) save({ ...state, redeemed: left }, ended);
      return ended.length > 0;
    },
  };
}

function subjectOf(device: DeviceFacts | undefined): string {
  return device ? deviceKey(device) : wholeComputer;
}

function endedChange({ challenge, scope, device }: Redeemed, because: 'expired' | 'cancelled'): Change {
  return { kind: 'code.ended', data: { challenge, scope, ...(device && { device }), because } };
}

function standingOf(codes: readonly Redeemed[]): Pick<Standing, 'codes' | 'breakGlass'> {
  const [longest] = codes.filter(({ scope }) => scope === 'computer').sort((a, b) => b.until.localeCompare(a.until));
  return {
    codes: codes.flatMap(({ challenge: id, device, rights, until }) =>
      device ? [{ id, device: matchOf(device), rights, until }] : [],
    ),
    ...(longest && { breakGlass: { until: longest.until, by: `one-time code ${longest.challenge}` } }),
  };
}

/** The words that fit this one device and, as far as it can be told, no other; what `deviceKey` says, as a rule has it. */
function matchOf({
  class: deviceClass,
  bus,
  vendorId,
  productId,
  serial,
  serialTrust,
  port,
}: DeviceFacts): DeviceMatch {
  // A star would fit anything: a serial number may hold whatever its maker pleased.
  const own = serialTrust === 'device' && serial !== undefined && !serial.includes('*') ? { serial } : undefined;
  const place = port !== undefined && !port.includes('*') ? { port } : undefined;
  return {
    ...(bus !== 'unknown' && { bus }),
    ...(vendorId !== undefined && { vendorId }),
    ...(productId !== undefined && { productId }),
    ...(own ?? place ?? { class: deviceClass }),
  };
}
