import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import { policySha256, policyText, type SignedPolicy, signingContexts } from '#shared/protocol/protocol.ts';
import { policyKeeper } from '../../../agent/policy/keeper.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const focus = readFileSync(new URL('../../../shared/policy/profiles/focus.yaml', import.meta.url), 'utf8');
const collector = signer(newKeyPair().privateKeyPem);
const stranger = signer(newKeyPair().privateKeyPem);

const misspelt = focus.replace('onUnknown: match', 'onUnknwon: match');
const lockingOut = focus.replace(/^rules:$/m, 'rules:\n  - { id: all, when: {}, rights: { all: deny } }');

function signed(
  change: Partial<SignedPolicy> = {},
  by: Signer = collector,
  context: string = signingContexts.policy,
): SignedPolicy {
  const unsigned = {
    version: 7,
    organisation: 'focus',
    publishedAt: '2026-11-21T09:00:00.000Z',
    text: focus,
    ...change,
  };
  return { ...unsigned, signature: by.sign(context, policyText(unsigned)) };
}

/** A keeper that has version 7 in force, and one that starts from the same file. */
function keeping() {
  const folder = tempFolder();
  const file = join(folder.path, 'policy.json');
  const keeper = policyKeeper(file, collector.publicKey, 'focus');
  keeper.accept(signed());
  return {
    keeper,
    file,
    again: () => policyKeeper(file, collector.publicKey, 'focus'),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describe('the policy', () => {
  it('is none before the first came', () => {
    using folder = tempFolder();
    const keeper = policyKeeper(join(folder.path, 'policy.json'), collector.publicKey, 'focus');
    expect(keeper.load()).toBeUndefined();
    expect(keeper.current()).toBeNull();
  });

  it('comes into force and is there after a restart', () => {
    using kept = keeping();
    const keeper = kept.again();
    expect(keeper.load()).toBeUndefined();
    expect(keeper.current()).toMatchObject({
      version: 7,
      sha256: policySha256(signed()),
      policy: { profile: 'focus' },
    });
  });

  it.each<[string, unknown, string]>([
    [
      'that was changed after it was signed',
      { ...signed(), text: focus.replace('mode: report', 'mode: enforce') },
      'badPolicySignature',
    ],
    [
      'whose life was made longer',
      { ...signed({ expiresAt: '2026-12-01T00:00:00.000Z' }), expiresAt: '2099-12-01T00:00:00.000Z' },
      'badPolicySignature',
    ],
    ['that another key signed', signed({}, stranger), 'badPolicySignature'],
    ['that was signed for another purpose', signed({}, collector, signingContexts.batch), 'badPolicySignature'],
    ['that is not signed', { ...signed(), signature: undefined }, 'invalid'],
    ['that is older', signed({ version: 6 }), 'older'],
    ['of another organisation', signed({ version: 8, organisation: 'Other Trust' }), 'otherOrganisation'],
    ['that is no policy, although signed', signed({ version: 8, text: 'profile: focus' }), 'invalid'],
    ['that is not YAML, although signed', signed({ version: 8, text: '{' }), 'invalid'],
    ['that is cut off, although signed', signed({ version: 8, text: focus.slice(0, focus.length / 2) }), 'invalid'],
    ['with a word that is not known, although signed', signed({ version: 8, text: misspelt }), 'invalid'],
    ['that would lock out every keyboard, although signed', signed({ version: 8, text: lockingOut }), 'invalid'],
    ['with a member too many', { ...signed(), admin: true }, 'invalid'],
    ['that is nothing', null, 'invalid'],
  ])('stays when one comes %s', (_what, fetched, code) => {
    using kept = keeping();
    expect(() => kept.keeper.accept(fetched)).toThrow(expect.objectContaining({ code }));
    expect(kept.keeper.current()).toMatchObject({ version: 7 });
    const keeper = kept.again();
    keeper.load();
    expect(keeper.current()).toMatchObject({ version: 7 });
  });

  it('gives way to a newer one', () => {
    using kept = keeping();
    kept.keeper.accept(signed({ version: 8, expiresAt: '2026-12-01T00:00:00.000Z' }));
    expect(kept.keeper.current()).toMatchObject({ version: 8, expiresAt: Date.UTC(2026, 11, 1) });
  });

  it.each<[string, string, RegExp]>([
    ['another hand changed', JSON.stringify(signed()).replace('mode: report', 'mode: enforce'), /does not verify/],
    ['another collector signed', JSON.stringify(signed({}, stranger)), /does not verify/],
    ['is cut off', JSON.stringify(signed()).slice(0, 100), /could not be read/],
    ['is empty', '', /could not be read/],
  ])('is not used when the file %s; the one before is, and that is said', (_what, text, says) => {
    using kept = keeping();
    kept.keeper.accept(signed({ version: 8 }));
    writeFileSync(kept.file, text);
    const keeper = kept.again();
    expect(keeper.load()).toMatch(says);
    expect(keeper.current()).toMatchObject({ version: 7 });
    // Told once: the good one lies in its place.
    expect(kept.again().load()).toBeUndefined();
  });

  it('is there in a second copy from the first on', () => {
    using kept = keeping();
    rmSync(kept.file);
    const keeper = kept.again();
    expect(keeper.load()).toMatch(/is gone/);
    expect(keeper.current()).toMatchObject({ version: 7 });
  });

  it('is none when neither copy is to be believed', () => {
    using kept = keeping();
    writeFileSync(kept.file, '{');
    writeFileSync(kept.file.replace('.json', '.previous.json'), '{');
    const keeper = kept.again();
    expect(keeper.load()).toMatch(/could not be read/);
    expect(keeper.current()).toBeNull();
  });

  it('is put back when it is changed under a running agent', () => {
    using kept = keeping();
    const before = readFileSync(kept.file, 'utf8');
    expect(kept.keeper.guard()).toBeUndefined();
    writeFileSync(kept.file, JSON.stringify(signed({ version: 6 })));
    expect(kept.keeper.guard()).toMatch(/put back/);
    expect(readFileSync(kept.file, 'utf8')).toBe(before);
    rmSync(kept.file);
    expect(kept.keeper.guard()).toMatch(/put back/);
    expect(kept.keeper.guard()).toBeUndefined();
  });
});
