import { hash } from 'node:crypto';
import Type from 'typebox';
import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { spoken } from '#shared/policy/code.ts';
import { type RightName, rightNames } from '#shared/policy/decision.ts';
import { checker, exactObject } from '#shared/schema.ts';
import type { CodeKeeper } from '../policy/codes.ts';
import type { DecidedDevice } from '../policy/decision-keeper.ts';

/** Everything a person at the computer, with no rights on it, may ask of the agent. */
export const LocalRequest = Type.Union([
  exactObject({ ask: Type.Literal('devices') }),
  /** `*`: the whole computer. */
  exactObject({ ask: Type.Literal('challenge'), device: Type.String({ maxLength: 16 }) }),
  exactObject({ ask: Type.Literal('redeem'), code: Type.String({ maxLength: 64 }) }),
]);
export type LocalRequest = Type.Static<typeof LocalRequest>;

/** A connected device in plain words. */
export interface LocalDevice {
  /** Names it in a request for as long as it is connected. */
  id: string;
  name: string;
  class: string;
  /** The last four characters only: anyone at the computer may ask. */
  serialEnd?: string;
  allowed: RightName[];
  denied: RightName[];
  /** Would be denied if the policy were enforced. */
  wouldBeDenied: RightName[];
  says: string;
}

export type LocalAnswer =
  | { ok: true; devices: LocalDevice[] }
  | { ok: true; challenge: string }
  | { ok: true; scope: 'device' | 'computer'; rights: RightName[]; until: string }
  | { ok: false; code: string; says: string };

export interface LocalParts {
  devices(): DecidedDevice[];
  codes: Pick<CodeKeeper, 'challenge' | 'redeem'>;
  /** A code came into force: decide again. */
  redeemed(): void;
}

/** Answers one line. Never throws. */
export function localAnswers({ devices, codes, redeemed }: LocalParts): (line: string) => LocalAnswer {
  const requests = checker(LocalRequest);

  function answer(request: LocalRequest): LocalAnswer {
    switch (request.ask) {
      case 'devices':
        return { ok: true, devices: devices().map(localDevice) };
      case 'challenge':
        return { ok: true, challenge: spoken(codes.challenge(named(request.device))) };
      case 'redeem': {
        const { scope, rights, until } = codes.redeem(request.code);
        redeemed();
        return { ok: true, scope, rights, until };
      }
    }
  }

  function named(id: string): DeviceFacts | undefined {
    if (id === '*') return undefined;
    const found = devices().find(({ device }) => idOf(device) === id);
    if (!found) throw new PortcullisError('noSuchDevice', 'This device is not connected any more.');
    return found.device;
  }

  return (line) => {
    try {
      return answer(requests.parse(JSON.parse(line), 'The request'));
    } catch (error) {
      if (error instanceof PortcullisError) return { ok: false, code: error.code, says: error.message };
      return { ok: false, code: errorCode(error), says: 'The agent could not do this.' };
    }
  };
}

function idOf(device: DeviceFacts): string {
  return hash('sha256', deviceKey(device)).slice(0, 12);
}

function localDevice({ device, decision: bare, volumes }: DecidedDevice): LocalDevice {
  // A volume in use tells more than the bare device.
  const decision = volumes[0]?.decision ?? bare;
  const rights = decision.wouldHave ?? decision.rights;
  const name =
    [device.vendor, device.product].filter((word) => word !== undefined).join(' ') || `a ${device.class} device`;
  const denied = rightNames.filter((right) => decision.rights[right] === 'deny');
  const wouldBeDenied = rightNames.filter((right) => rights[right] === 'deny' && !denied.includes(right));
  return {
    id: idOf(device),
    name,
    class: device.class,
    ...(device.serial !== undefined && { serialEnd: device.serial.slice(-4) }),
    allowed: rightNames.filter((right) => !denied.includes(right)),
    denied,
    wouldBeDenied,
    says: decisionWords(denied, wouldBeDenied, decision.ruleId),
  };
}

const rightWords: Record<RightName, string> = {
  connect: 'be used at all',
  read: 'be read',
  write: 'be written to',
  execute: 'start programs',
};

function decisionWords(denied: readonly RightName[], wouldBeDenied: readonly RightName[], ruleId: string): string {
  const words = (rights: readonly RightName[]) => rights.map((right) => rightWords[right]).join(', ');
  if (denied.length > 0) return `It may not ${words(denied)} (${ruleId}).`;
  if (wouldBeDenied.length > 0) return `Allowed and recorded; later it may not ${words(wouldBeDenied)} (${ruleId}).`;
  return 'Everything is allowed.';
}
