import { PortcullisError } from '#shared/errors.ts';
import type { Policy } from '#shared/policy/schema.ts';
import {
  type Actor,
  decideRequest,
  decidesAs,
  makeRequest,
  type RequestToMake,
} from '../../collector/approvals/requests.ts';
import type { Desk } from './desk.ts';
import { boxedSerials, issuedSticks } from './media.ts';
import { accounts, people } from './people.ts';

const day = 24 * 3_600_000;

interface Case {
  /** Days before today on which it was asked for; decisions come the evening after. */
  ago: number;
  by: string;
  kind: RequestToMake['kind'];
  requested: RequestToMake['requested'];
  reason: string;
  /** Days for which it is to hold. */
  days: number;
  verdict?: { granted: boolean; reason: string };
}

const user = people[3]?.user ?? '';
const stick = { serial: issuedSticks[2]?.device.serial ?? '' };
const transfer = { user, device: stick, rights: ['read' as const, 'write' as const], encrypted: true };

/** Requests in each stage. */
const cases: readonly Case[] = [
  {
    ...{ ago: 40, by: 'supervisor', kind: 'bulk-transfer', days: 14 },
    requested: { ...transfer, what: 'Papers for the inspection', records: 60 },
    reason: 'The inspectors ask for the papers on an encrypted stick.',
    verdict: { granted: true, reason: 'Agreed with the inspectors in writing.' },
  },
  {
    ...{ ago: 12, by: 'supervisor', kind: 'bulk-transfer', days: 7 },
    requested: { ...transfer, what: 'Case notes', records: 40 },
    reason: 'Work from home at the weekend.',
    verdict: { granted: false, reason: 'Use the remote desktop.' },
  },
  {
    ...{ ago: 6, by: 'supervisor', kind: 'bulk-transfer', days: 14 },
    requested: { ...transfer, what: 'Case files of one family', records: 3 },
    reason: 'Case files for the hearing on Thursday.',
    verdict: { granted: true, reason: 'Agreed with legal services.' },
  },
  {
    ...{ ago: 4, by: 'analyst', kind: 'software', days: 90 },
    requested: { what: 'audacity, for the minutes of the panel' },
    reason: 'The panel records its meetings, and the minutes are written from the recording.',
  },
  {
    ...{ ago: 1, by: 'analyst', kind: 'media-issue', days: 365 },
    requested: { device: { serial: boxedSerials[0] ?? '' }, rights: ['read', 'write'] },
    reason: 'A new member of the review team needs an encrypted stick.',
  },
  {
    ...{ ago: 1, by: 'supervisor', kind: 'bulk-transfer', days: 7 },
    requested: { ...transfer, what: 'Quarterly extract', records: 240 },
    reason: 'The council asks for the quarterly extract on an encrypted stick.',
  },
];

export interface Permissions {
  /** What is asked for and decided on the evening of a day, so many before today. */
  evening(ago: number, now: number): Promise<void>;
}

/**
 * Requests and decisions as the days pass, as far as the policy of the organisation knows who may permit it.
 * @param days that are played; what was asked for before them is asked for on the first
 */
export function permissions({ estate, store, ids }: Desk, policy: Policy, days: number): Permissions {
  const waiting = new Map<Case, string>();

  async function ask(one: Case, now: number): Promise<void> {
    const { by, kind, requested, reason } = one;
    const context = { store, policy, organisation: estate.organisation, now };
    const request = { kind, requested, reason, from: now, to: now + one.days * day };
    waiting.set(one, await makeRequest(context, request, actor(ids, by)));
  }

  async function decide({ kind, verdict }: Case, requestId: string, now: number): Promise<void> {
    const decider = accounts.find(({ role }) => decidesAs(policy, kind, role) !== undefined);
    if (!verdict || !decider) return;
    await decideRequest({ store, policy, now }, { requestId, ...verdict }, actor(ids, decider.username));
  }

  return {
    async evening(ago, now) {
      for (const [one, requestId] of waiting) await decide(one, requestId, now);
      waiting.clear();
      const today = cases.filter((one) => policy.approvers?.[one.kind] && Math.min(one.ago, days) === ago);
      for (const one of today) await ask(one, now);
    },
  };
}

function actor(ids: Desk['ids'], username: string): Actor {
  const account = accounts.find((one) => one.username === username);
  if (!account) throw new PortcullisError('noSuchAccount', `There is no "${username}" in the demonstration.`);
  return { ...account, id: ids.get(username) ?? '' };
}
