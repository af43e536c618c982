import { hash } from 'node:crypto';
import type { Severity } from '#shared/policy/schema.ts';
import type { RefusalCode } from '#shared/protocol/protocol.ts';
import type { Finding } from './rules.ts';

/** What the collector itself notices: about an agent's evidence, and about its own accounts. These hold under every profile. */
const faults = {
  'evidence-gap': { title: 'Events of this computer are missing', severity: 'medium' },
  'evidence-broken': { title: 'The evidence of this computer does not follow on', severity: 'high' },
  'signature-bad': { title: 'A signature of this computer does not verify', severity: 'high' },
  'identity-cloned': { title: 'Two computers use one identity', severity: 'high' },
  'code-unknown': { title: 'A one-time code was redeemed that was never made here', severity: 'high' },
  'agent-malformed': { title: 'This computer sends what the protocol does not allow', severity: 'medium' },
  'break-glass-used': { title: 'The sealed emergency account signed in', severity: 'critical' },
  'password-reported': {
    title: 'Somebody reports that their console password may be known to others',
    severity: 'high',
  },
  'device-lost': { title: 'A computer or medium was reported as lost or stolen', severity: 'high' },
  'computer-silent': { title: 'A computer that was there is heard no more', severity: 'medium' },
  'store-damaged': { title: 'The store of the collector is damaged', severity: 'critical' },
  'store-altered': { title: 'Stored events are not as their computers signed them', severity: 'critical' },
  'estate-silent': { title: 'Most computers are silent: look at the network first', severity: 'high' },
  'roll-out-paused': { title: 'A roll-out of the agent was paused: too many updates failed', severity: 'high' },
  'incident-clock-ending': { title: 'The 72 hours to report an incident end within a day', severity: 'high' },
  'incident-clock-over': { title: 'The 72 hours to report an incident are over', severity: 'critical' },
  'incident-due': { title: 'The investigation of an incident is due within a day', severity: 'medium' },
  'incident-overdue': { title: 'The investigation of an incident is overdue', severity: 'high' },
} as const satisfies Record<string, { title: string; severity: Severity }>;
export type Fault = keyof typeof faults;

const byRefusal: Partial<Record<RefusalCode, Fault>> = {
  badSignature: 'signature-bad',
  clonedIdentity: 'identity-cloned',
  brokenChain: 'evidence-broken',
  malformed: 'agent-malformed',
  unknownKind: 'agent-malformed',
  tooLarge: 'agent-malformed',
};

/** The fault that a refusal shows, or undefined when the refusal is no cause for concern. */
export function faultOf(code: RefusalCode): Fault | undefined {
  return byRefusal[code];
}

/** Both policies ask that systems be monitored for breaches; the alert names the clause of the profile in force. */
export function faultFinding(fault: Fault, clause: string, now: number): Finding {
  return {
    ruleId: fault,
    ...faults[fault],
    clause,
    recipients: ['ict'],
    tell: 'now',
    kind: 'collector',
    group: hash('sha256', fault),
    seq: null,
    at: now,
  };
}
