import type { DeviceClass } from '../device/facts.ts';
import { type About, about } from './about.ts';
import type { When } from './conditions.ts';
import { type RightName, type Rights, rightNames, type Tier, type TraceStep, type Verdict } from './decision.ts';
import { evaluate, isDevice } from './evaluate.ts';
import { explain } from './explain.ts';
import type { Facts } from './facts.ts';
import { instantOf } from './london.ts';
import type { Rule, RuleRights } from './rule.ts';
import type { Policy } from './schema.ts';
import type { Standing } from './standing.ts';
import { isFalse, isTrue, type Truth } from './truth.ts';

/** Something that speaks of some rights. Of each right the first voice that speaks of it is heard. */
export interface Voice {
  tier: Tier;
  ruleId: string;
  says: Partial<Record<RightName, Verdict>>;
  because: string;
  clause?: string | undefined;
  /** The rule it comes from. */
  rule?: Rule;
  /** Heard only in what would have been. */
  reportOnly: boolean;
  /** Why it does not say all that it could say of this device. */
  lacks?: Pick<TraceStep, 'result' | 'because'>;
}

/** A rule and what became of it. */
export interface Look {
  rule: Rule;
  /** Null for a rule that expired. */
  truth: Truth | null;
  /** Absent when the rule says nothing here. */
  voice?: Voice | undefined;
}

export const everything: Rights = { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' };

/** Classes no policy can deny: keyboard and mouse, what they hang on, and what staff sign in with. */
export const builtInFloor: readonly DeviceClass[] = ['hid', 'hub', 'smartcard'];

export function isOnFloor(policy: Policy, deviceClass: DeviceClass): boolean {
  return builtInFloor.includes(deviceClass) || policy.devices.safetyFloor.includes(deviceClass);
}

export function aboutOf(policy: Policy, facts: Facts, standing: Standing | null, now: number | undefined): About {
  const { lists = {}, encryption } = policy;
  return about({ facts, standing, now, lists, acceptedMethods: encryption.acceptedMethods });
}

/** What the collector granted for this computer just now: break-glass, approvals, redeemed codes, in that order. */
export function grants(subject: About): Voice[] {
  const { standing, now } = subject;
  if (standing === null || now === undefined) return [];
  return [...breakGlass(standing, now), ...approvals(standing, subject, now), ...codes(standing, subject, now)];
}

function breakGlass({ breakGlass: opened }: Standing, now: number): Voice[] {
  if (!opened || now >= Date.parse(opened.until)) return [];
  const because = `Break-glass is open until ${opened.until}: everything is allowed and recorded.`;
  return [{ tier: 'break-glass', ruleId: 'break-glass', says: everything, because, reportOnly: false }];
}

function approvals({ approvals: granted }: Standing, subject: About, now: number): Voice[] {
  const { computer, user } = subject.facts;
  return granted.flatMap((approval) => {
    const { id, kind, computerId, user: name, device, rights, from, to, reference } = approval;
    const live = now >= Date.parse(from) && now < Date.parse(to);
    const here = computerId === undefined || computerId === computer?.id;
    const theirs = name === undefined || name.toLowerCase() === user?.name?.toLowerCase();
    if (kind === 'local-data' || !device || !rights || !live || !here || !theirs) return [];
    if (isDevice(device, subject) !== true) return [];
    const voice = grant('approval', id, rights, `Approved until ${to}: ${reference}.`);
    return [approval.encrypted ? ifEncrypted(voice, subject) : voice];
  });
}

const encryptedMedium: When = { volume: { encryption: 'encrypted', method: 'accepted' } };
const lockedMedium: When = { volume: { encryption: 'locked' } };

/** What is left of a grant that is for an encrypted medium: what it takes to see that it is one, and to unlock it. */
function ifEncrypted(voice: Voice, subject: About): Voice {
  const truth = evaluate(encryptedMedium, subject);
  if (isTrue(truth)) return voice;
  const { connect, read } = voice.says;
  const mayRead = read && isTrue(evaluate(lockedMedium, subject));
  const result = isFalse(truth) ? 'nearly-matched' : 'unknown';
  const because = `It is for an encrypted medium. ${explain(truth, subject)}`;
  return {
    ...voice,
    says: { ...(connect && { connect }), ...(mayRead && { read }) },
    lacks: { result, because },
  };
}

function codes({ codes: redeemed }: Standing, subject: About, now: number): Voice[] {
  return redeemed
    .filter(({ device, until }) => now < Date.parse(until) && isDevice(device, subject) === true)
    .map(({ id, rights, until }) => grant('code', id, rights, `A one-time code was typed in; it ends at ${until}.`));
}

function grant(tier: Tier, ruleId: string, rights: readonly RightName[], because: string): Voice {
  const says = Object.fromEntries(rights.map((right) => [right, 'allow' as const]));
  return { tier, ruleId, says, because, reportOnly: false };
}

/** Holds every rule against the facts, in order. */
export function lookAt(rules: readonly Rule[], subject: About): Look[] {
  return rules.map((rule) => {
    if (hasExpired(rule, subject)) return { rule, truth: null };
    const truth = evaluate(rule.when, subject);
    const voice = voiceOf(rule, truth);
    return { rule, truth, voice };
  });
}

function hasExpired({ expires }: Rule, { now, once }: About): boolean {
  if (expires === undefined || now === undefined) return false;
  return once(expires, () => now >= instantOf(expires, 'end'));
}

function voiceOf(rule: Rule, truth: Truth): Voice | undefined {
  if (isFalse(truth)) return undefined;
  const known = isTrue(truth);
  if (!known && rule.onUnknown !== 'match') return undefined;
  const said = rightsSaid(rule.rights);
  // What is not known can deny, where the rule asks for that. It can never permit.
  const says = known ? said : Object.fromEntries(Object.entries(said).filter(([, verdict]) => verdict === 'deny'));
  if (Object.keys(says).length === 0) return undefined;
  const because = known
    ? 'Its condition holds.'
    : 'It cannot be known whether its condition holds, and then it denies.';
  const reportOnly = rule.mode === 'report';
  return { tier: 'rule', ruleId: rule.id, says, because, clause: rule.clause, rule, reportOnly };
}

/** What a rule says of each right, `all` spelled out. */
export function rightsSaid(rights: RuleRights): Partial<Record<RightName, Verdict>> {
  const said: Partial<Record<RightName, Verdict>> = {};
  for (const right of rightNames) {
    const verdict = rights[right] ?? rights.all;
    if (verdict) said[right] = verdict;
  }
  return said;
}

export function classDefault(policy: Policy, deviceClass: DeviceClass): Voice {
  const { rights, clause } = policy.devices.defaults[deviceClass];
  return {
    tier: 'class-default',
    ruleId: `default-${deviceClass}`,
    says: rights,
    because: `What no rule decided, the default of class ${deviceClass} decides.`,
    clause,
    reportOnly: false,
  };
}

/** Which voice is heard for each right. The last voice speaks of all, so every right is settled. */
export function heard(voices: readonly Voice[], last: Voice): Record<RightName, Voice> {
  const first = (right: RightName) => voices.find(({ says }) => says[right] !== undefined) ?? last;
  return { connect: first('connect'), read: first('read'), write: first('write'), execute: first('execute') };
}

export function rightsOf(settled: Record<RightName, Voice>): Rights {
  const verdict = (right: RightName) => settled[right].says[right] ?? 'allow';
  return { connect: verdict('connect'), read: verdict('read'), write: verdict('write'), execute: verdict('execute') };
}
