import { describe, expect, it } from 'vitest';
import type { Approval, Standing } from '#shared/policy/standing.ts';
import { authorisationOf, type DataMove } from '../../../agent/policy/authorisation.ts';
import { policyWith } from '../../shared/policy/cases.ts';

const now = Date.UTC(2026, 10, 21, 9);
const policy = policyWith('[]');
const stick = {
  class: 'usb-storage' as const,
  bus: 'usb' as const,
  serial: 'S1',
  serialTrust: 'device' as const,
  interfaces: [],
};
const transfer: Approval = {
  id: 'A-1',
  kind: 'transfer',
  device: { serial: 'S1' },
  rights: ['write'],
  from: '2026-11-21T08:00:00.000Z',
  to: '2026-11-21T10:00:00.000Z',
  approver: 'Example Approver',
  reference: 'IG-1',
};
const move: DataMove = {
  kind: 'transfer',
  computerId: 'C1',
  device: stick,
  volume: { name: 'sdb1', encryption: 'plain' },
  actor: { user: 'Anna' },
};
const standing = (...approvals: Approval[]): Standing => ({ register: [], approvals, codes: [] });

describe('data that was moved', () => {
  it.each<[string, Partial<Approval>, Partial<DataMove>]>([
    ['an approval of this medium, now', {}, {}],
    ['of this computer', { computerId: 'C1' }, {}],
    ['of this person, in whichever letters', { user: 'anna' }, {}],
    [
      'for an encrypted medium that is encrypted',
      { encrypted: true },
      { volume: { name: 'sdb1', encryption: 'encrypted', method: 'luks2' } },
    ],
    ['to keep data on this computer', { kind: 'local-data', computerId: 'C1' }, { kind: 'local-data' }],
  ])('is covered by %s', (_what, approval, change) => {
    const found = authorisationOf({ ...move, ...change }, standing({ ...transfer, ...approval }), policy, now);
    expect(found).toEqual({ authorisation: 'approved', approval: 'A-1' });
  });

  it.each<[string, Partial<Approval>, Partial<DataMove>]>([
    ['that is over', { to: '2026-11-21T09:00:00.000Z' }, {}],
    ['that has not begun', { from: '2026-11-21T09:00:00.001Z' }, {}],
    ['of another kind', { kind: 'media' }, {}],
    ['of another medium', { device: { serial: 'S2' } }, {}],
    ['of a medium whose serial number is not its own', {}, { device: { ...stick, serialTrust: 'generated' } }],
    ['of another computer', { computerId: 'C2' }, {}],
    ['of another person', { user: 'ben' }, {}],
    ['of a person, when nobody is known to have done it', { user: 'anna' }, { actor: {} }],
    ['for an encrypted medium that is not', { encrypted: true }, {}],
  ])('is not covered by an approval %s', (_what, approval, change) => {
    const found = authorisationOf({ ...move, ...change }, standing({ ...transfer, ...approval }), policy, now);
    expect(found).toEqual({ authorisation: 'none' });
  });

  it('is not known to be covered before approvals were told', () => {
    expect(authorisationOf(move, null, policy, now)).toEqual({ authorisation: 'unknown' });
  });
});
