import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { newKeyPair, signer, verifier } from '#shared/identity.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { policyText, signingContexts } from '#shared/protocol/protocol.ts';
import { enforcingText, publishText, rollBack } from '../../../collector/policies/life-cycle.ts';
import { currentPolicy, listPolicies, profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { withSetting } from '../../../collector/policies/setting.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
const agreed = { by: 'analyst', now, approver: 'Head of Governance', reason: 'IG-2026-114' };
const text = profileText('focus', 'Example Care');

async function site() {
  const test = await testStore();
  const by = signer(newKeyPair().privateKeyPem);
  const parts = { store: test.store, signer: by, organisation: 'Example Care' };
  await publishPolicy(test.store, by, { text, reason: 'first', publishedBy: 'init', now });
  return { ...test, parts, key: by.publicKey };
}

function changed(change: (document: ReturnType<typeof parseDocument>) => void): string {
  const document = parseDocument(text);
  change(document);
  return String(document);
}
const code = (word: string) => expect.objectContaining({ code: word });

describe('publishing', () => {
  it('signs the text as the next version, for this organisation, with who agreed and why', async () => {
    await using test = await site();
    const { version, signed } = await publishText(
      test.parts,
      changed((policy) => policy.set('title', 'Second')),
      agreed,
    );
    expect({ version, organisation: signed.organisation }).toEqual({ version: 2, organisation: 'Example Care' });
    expect(verifier(test.key)(signingContexts.policy, policyText(signed), signed.signature)).toBe(true);
    expect(await listPolicies(test.store)).toMatchObject([
      { version: 2, approver: 'Head of Governance', reason: 'IG-2026-114', published_by: 'analyst' },
      { version: 1, approver: null },
    ]);
    const [audit] = await test.store.selectFrom('audit').selectAll().execute();
    expect(audit).toMatchObject({ action: 'policy.published', object: '2' });
  });

  const keyboards = (policy: ReturnType<typeof parseDocument>) =>
    policy.set('rules', [
      { id: 'all', when: {}, rights: { all: 'deny' } },
      { id: 'hid', when: { device: { class: 'hid' } }, rights: { all: 'deny' } },
    ]);
  it.each<[string, string, Partial<typeof agreed>]>([
    ['what is no policy', 'profile: focus', {}],
    ['a policy of another organisation', profileText('focus'), {}],
    ['a policy that locks out every keyboard', changed(keyboards), {}],
    ['a policy nobody agreed to', text, { approver: ' ' }],
    ['a policy without a reason', text, { reason: '' }],
  ])('refuses %s', async (_what, draft, change) => {
    await using test = await site();
    await expect(publishText(test.parts, draft, { ...agreed, ...change })).rejects.toThrow();
    expect((await currentPolicy(test.store))?.version).toBe(1);
  });
});

describe('rolling back', () => {
  it('publishes the old text as a new version', async () => {
    await using test = await site();
    await publishText(
      test.parts,
      changed((policy) => policy.set('title', 'Second')),
      agreed,
    );
    const { version, signed } = await rollBack(test.parts, 1, agreed);
    expect(version).toBe(3);
    expect(signed.text).toBe(text);
    await expect(rollBack(test.parts, 9, agreed)).rejects.toEqual(code('noSuchPolicy'));
  });
});

describe('enforcing', () => {
  it('is the text in force with one word changed', async () => {
    await using test = await site();
    const enforced = await enforcingText(test.store);
    expect(enforced).toBe(text.replace(/^mode: report$/m, 'mode: enforce'));
    await publishText(test.parts, enforced, agreed);
    await expect(enforcingText(test.store)).rejects.toEqual(code('enforcedAlready'));
  });
});

describe('a word of the text', () => {
  it.each(['Example Care', 'St. "Mary\'s": NHS Trust # 1', 'yes', '0123', 'Zoë'])(
    'becomes %j and nothing else changes',
    (value) => {
      const changedText = withSetting(text, 'organisation', value);
      expect(loadPolicy(changedText)).toEqual({ ...loadPolicy(text), organisation: value });
      expect(changedText.split('\n')).toHaveLength(text.split('\n').length);
    },
  );
});
