import { PortcullisError } from '#shared/errors.ts';
import type { EventOf, PortcullisEvent } from '#shared/events/kinds.ts';
import { readChallenge } from '#shared/policy/code.ts';
import { decideBriefly } from '#shared/policy/decide.ts';
import { rightNames } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { policyVersion } from '../policies/policies.ts';
import { registerEntries } from '../register/media.ts';
import type { Store } from '../store/tables.ts';
import { approvalsInForce } from './approvals.ts';
import { type BreakGlassReport, breakGlassReport, type WithoutBreakGlass } from './break-glass-report.ts';

/** What is stored of one break-glass period. */
export interface BreakGlassEvents {
  computer: { id: string; hostname: string };
  code?: { madeAt: number; approver: string; reason: string };
  redeemed: EventOf<'code.redeemed'>;
  ended?: EventOf<'code.ended'>;
  /** Between the two, in order. */
  events: PortcullisEvent[];
  isCut: boolean;
}

const mostEvents = 20_000;

/**
 * What happened on a computer while a code for the whole of it held. What the policy would have decided without it is
 * worked out by the version that was in force there, with the register as it is now and the approvals of that time.
 * @param typed the challenge of the code
 * @throws PortcullisError `noSuchBreakGlass` when no such code was typed in anywhere
 */
export async function reportBreakGlass(store: Store, typed: string): Promise<BreakGlassReport> {
  const found = await eventsOf(store, readChallenge(typed) ?? '');
  return breakGlassReport(found, await judgeWithout(store, found));
}

async function eventsOf(store: Store, challenge: string): Promise<BreakGlassEvents> {
  const redeemed = (await codeEvents(store, 'code.redeemed')).find(
    ({ event }) => event.data.scope === 'computer' && event.data.challenge === challenge,
  );
  if (!redeemed) {
    const says = 'No code of this challenge for a whole computer was typed in, as far as computers have reported.';
    throw new PortcullisError('noSuchBreakGlass', says);
  }
  const { computerNo, event } = redeemed;
  const ended = (await codeEvents(store, 'code.ended')).find(
    (one) => one.computerNo === computerNo && one.event.data.challenge === challenge,
  );
  const rows = await store
    .selectFrom('events')
    .select('line')
    .where('computer_no', '=', computerNo)
    .where('seq', '>', event.seq)
    .where('seq', '<', ended?.event.seq ?? Number.MAX_SAFE_INTEGER)
    .orderBy('seq')
    .limit(mostEvents + 1)
    .execute();
  const events = rows.slice(0, mostEvents).flatMap(({ line }) => (line === null ? [] : [parsed(line)]));
  const computer = await store
    .selectFrom('computers')
    .select(['id', 'hostname'])
    .where('no', '=', computerNo)
    .executeTakeFirstOrThrow();
  const code = await store
    .selectFrom('codes')
    .select(['created_at as madeAt', 'approver', 'reason'])
    .where('computer_id', '=', computer.id)
    .where('challenge', '=', challenge)
    .executeTakeFirst();
  return {
    computer,
    ...(code && { code }),
    redeemed: event,
    ...(ended && { ended: ended.event }),
    // While it lasts, what came after its end by the clock is not of it.
    events: ended ? events : events.filter(({ at }) => at < event.data.until),
    isCut: rows.length > mostEvents,
  };
}

/** Codes are few, so that all events of the kind can be looked through, newest first. */
async function codeEvents<K extends 'code.redeemed' | 'code.ended'>(
  store: Store,
  kind: K,
): Promise<{ computerNo: number; event: EventOf<K> }[]> {
  const rows = await store
    .selectFrom('events')
    .select(['computer_no as computerNo', 'line'])
    .where('kind', '=', kind)
    .orderBy('at', 'desc')
    .limit(mostEvents)
    .execute();
  return rows.flatMap(({ computerNo, line }) =>
    line === null ? [] : [{ computerNo, event: parsed(line) as unknown as EventOf<K> }],
  );
}

/** Each line was checked against the schema of its kind before it was stored. */
function parsed(line: string): PortcullisEvent {
  return JSON.parse(line) as PortcullisEvent;
}

async function judgeWithout(
  store: Store,
  { events, redeemed, computer }: BreakGlassEvents,
): Promise<WithoutBreakGlass> {
  const versions = [...new Set(events.flatMap(({ decision }) => decision?.policyVersion ?? []))];
  const policies = new Map<number, Policy>();
  for (const version of versions) {
    const known = await policyVersion(store, version);
    if (known) policies.set(version, known.policy);
  }
  const standing = {
    register: await registerEntries(store),
    approvals: await approvalsInForce(store, Date.parse(redeemed.at)),
    codes: [],
  };
  return ({ at, actor, data, decision }) => {
    const version = decision?.policyVersion ?? 0;
    const policy = policies.get(version);
    if (!policy) return undefined;
    const facts: Facts = {
      device: data.device,
      ...('volume' in data && data.volume && { volume: data.volume }),
      ...(actor?.user !== undefined && { user: { name: actor.user } }),
      computer,
    };
    const {
      rights,
      wouldHave = rights,
      decidedBy,
      ruleId,
    } = decideBriefly({ policy, version }, facts, standing, Date.parse(at));
    const denied = rightNames.filter((right) => wouldHave[right] === 'deny');
    const [first] = denied;
    return { rights: denied, ruleId: (first && decidedBy?.[first]) ?? ruleId, mode: policy.mode };
  };
}
