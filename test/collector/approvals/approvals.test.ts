import { describe, expect, it } from 'vitest';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import {
  type ApprovalToGrant,
  approvalsInForce,
  grantApproval,
  listApprovals,
  revokeApproval,
} from '../../../collector/approvals/approvals.ts';
import { profileText } from '../../../collector/policies/policies.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const day = 24 * 60 * 60 * 1000;
const [focus, ccg] = ['focus' as const, 'ccg' as const].map((name) => loadPolicy(profileText(name))) as [
  Policy,
  Policy,
];
const doing = { by: 'analyst', now };
const transfer: ApprovalToGrant = {
  kind: 'transfer',
  user: 'a.staff',
  device: { serial: 'EX0001' },
  rights: ['read', 'write'],
  from: now,
  to: now + day,
  approver: 'Head of Governance',
  reference: 'IG-2026-114',
  reason: 'Hand-over of a service',
  what: 'Closed cases of 2025',
  encrypted: true,
};
const { user: _user, what: _what, encrypted: _encrypted, ...medium } = { ...transfer, kind: 'media' as const };
const { device: _device, rights: _rights, ...local } = { ...medium, kind: 'local-data' as const };
const code = (word: string) => expect.objectContaining({ code: word });

describe('an approval', () => {
  it('reaches agents until its last millisecond, with who decided by the profile', async () => {
    await using test = await testStore();
    const id = await grantApproval(test.store, focus, transfer, doing);
    expect(await approvalsInForce(test.store, now + day - 1)).toEqual([
      {
        id,
        kind: 'transfer',
        user: 'a.staff',
        device: { serial: 'EX0001' },
        rights: ['read', 'write'],
        from: '2026-11-21T09:00:00.000Z',
        to: '2026-11-22T09:00:00.000Z',
        approver: 'Head of Governance',
        reference: 'IG-2026-114',
        encrypted: true,
      },
    ]);
    expect(await approvalsInForce(test.store, now + day)).toEqual([]);
    expect(await listApprovals(test.store, now)).toMatchObject([
      { role: 'head-of-business-and-governance', clause: 'focus 4.5', state: 'in force', what: 'Closed cases of 2025' },
    ]);
    expect(await standingVersion(test.store)).toBe(2);
  });

  it('is the decision of another role under another profile', async () => {
    await using test = await testStore();
    await grantApproval(test.store, ccg, transfer, doing);
    expect(await listApprovals(test.store, now)).toMatchObject([{ role: 'iao', clause: 'CCG 6.5' }]);
  });

  it('is the decision of any one of the roles the policy names, and says which', async () => {
    await using test = await testStore();
    await expect(grantApproval(test.store, ccg, medium, doing)).rejects.toThrow(/leaves it to: ict, ig-lead\./);
    await expect(grantApproval(test.store, ccg, { ...medium, role: 'siro' }, doing)).rejects.toEqual(code('invalid'));
    await grantApproval(test.store, ccg, { ...medium, role: 'ig-lead' }, doing);
    expect(await listApprovals(test.store, now)).toMatchObject([{ role: 'ig-lead', clause: 'CCG 6.2' }]);
  });

  it('cannot be granted under a policy that names nobody', async () => {
    await using test = await testStore();
    await expect(grantApproval(test.store, {}, medium, doing)).rejects.toEqual(code('notPossible'));
  });

  it('is waiting, in force, over or revoked', async () => {
    await using test = await testStore();
    const id = await grantApproval(test.store, focus, { ...medium, from: now + 1 }, doing);
    const state = async (at: number) => (await listApprovals(test.store, at))[0]?.state;
    expect(await state(now)).toBe('waiting');
    expect(await state(now + 1)).toBe('in force');
    expect(await state(now + day)).toBe('over');
    await revokeApproval(test.store, id, doing);
    expect(await state(now + 1)).toBe('revoked');
    expect(await approvalsInForce(test.store, now)).toEqual([]);
    expect(await standingVersion(test.store)).toBe(3);
    await expect(revokeApproval(test.store, id, doing)).rejects.toEqual(code('noSuchApproval'));
    expect(await standingVersion(test.store)).toBe(3);
  });

  it.each<[string, ApprovalToGrant]>([
    ['that ends before it begins', { ...transfer, to: now - 1 }],
    ['that is over', { ...transfer, from: now - day, to: now }],
    ['for ever', { ...transfer, to: now + 400 * day }],
    ['without a reason', { ...transfer, reason: ' ' }],
    ['without an approver', { ...transfer, approver: '' }],
    ['of a transfer by nobody', { ...medium, kind: 'transfer', what: 'x', encrypted: true }],
    ['of a transfer of nothing', { ...transfer, what: '' }],
    ['of a transfer that is not encrypted', { ...transfer, encrypted: false }],
    ['of a transfer by any medium of a maker', { ...transfer, device: { vendorId: '0781' } }],
    ['of a medium without rights', { ...medium, rights: undefined } as never],
    ['of rights without a medium', { ...medium, device: undefined } as never],
    ['of a device that is told by nothing', { ...medium, device: {} }],
  ])('is refused %s', async (_what, given) => {
    await using test = await testStore();
    await expect(grantApproval(test.store, focus, given, doing)).rejects.toEqual(code('invalid'));
    expect(await listApprovals(test.store, now)).toEqual([]);
  });

  it('to keep data on a computer is possible only where the policy knows it, and names the computer', async () => {
    await using test = await testStore();
    const publicKey = 'key-1';
    const id = await test.store
      .transaction()
      .execute((tx) => addComputer(tx, { publicKey, hostname: 'test', version: '0.1.0', now }));
    const given = { ...local, computerId: id, role: 'iao' };
    await expect(grantApproval(test.store, focus, given, doing)).rejects.toEqual(code('notPossible'));
    await expect(grantApproval(test.store, ccg, { ...local, role: 'iao' }, doing)).rejects.toEqual(code('invalid'));
    await expect(grantApproval(test.store, ccg, { ...given, computerId: 'none' }, doing)).rejects.toEqual(
      code('noSuchComputer'),
    );
    await grantApproval(test.store, ccg, given, doing);
    expect(await approvalsInForce(test.store, now)).toMatchObject([{ kind: 'local-data', computerId: id }]);
  });
});
