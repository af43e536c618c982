import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InvalidError } from '#shared/errors.ts';
import type { Signer } from '#shared/identity.ts';
import { policyText, signingContexts, standingText } from '#shared/protocol/protocol.ts';
import { policyKeeper } from '../../agent/policy/keeper.ts';
import type { SignedFile } from '../../agent/policy/signed-file.ts';
import { standingKeeper } from '../../agent/policy/standing-keeper.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { computerId } from './frame-seeds.ts';
import { holds } from './target.ts';

const organisation = 'focus';

/** What a collector signs, and the agent's keepers with it in force. */
export function signedFiles(keys: Signer) {
  const folder = tempFolder();
  const policyFile = join(folder.path, 'policy.json');
  const standingFile = join(folder.path, 'standing.json');
  const unsignedPolicy = {
    version: 7,
    organisation,
    publishedAt: '2026-11-21T09:00:00.000Z',
    text: profileText('focus'),
  };
  const policy = { ...unsignedPolicy, signature: keys.sign(signingContexts.policy, policyText(unsignedPolicy)) };
  const unsignedStanding = {
    version: 7,
    computerId,
    issuedAt: '2026-11-21T09:00:00.000Z',
    text: JSON.stringify({ standing: { register: [], approvals: [], codes: [] }, cancelled: [] }),
  };
  const standing = {
    ...unsignedStanding,
    signature: keys.sign(signingContexts.standing, standingText(unsignedStanding)),
  };
  const open = {
    policy: () => policyKeeper(policyFile, keys.publicKey, organisation),
    standing: () => standingKeeper(standingFile, keys.publicKey, computerId),
  };
  const files = { policy: policyFile, standing: standingFile };
  const genuine = { policy, standing };
  const kept = { policy: open.policy(), standing: open.standing() };
  kept.policy.accept(policy);
  kept.standing.accept(standing);

  /** Something came that is called newer. Only what was signed comes into force. */
  function come(what: 'policy' | 'standing', bytes: Buffer): string {
    const keeper: SignedFile<{ version: number }> = kept[what];
    const before = keeper.current();
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch {
      return 'no JSON';
    }
    try {
      keeper.accept(value);
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      holds(keeper.current() === before, 'what is refused changes nothing');
      return 'refused';
    }
    holds(isDeepStrictEqual(value, genuine[what]), 'nothing but what was signed is taken');
    return 'taken';
  }

  /** The file on the disk was changed while the agent did not run. Then the one before it holds, or none. */
  function change(what: 'policy' | 'standing', bytes: Buffer): string {
    const file = files[what];
    const before = kept[what].current();
    writeFileSync(file, bytes);
    const keeper: SignedFile<{ version: number }> = open[what]();
    const fault = keeper.load();
    holds(
      isDeepStrictEqual(keeper.current(), before),
      'a changed file never comes into force, and the one before it does',
    );
    if (fault !== undefined) holds(existsSync(file), 'the file is put in order');
    writeFileSync(file, JSON.stringify(genuine[what]));
    return fault === undefined ? 'the same' : 'put in order';
  }

  return { genuine, come, change, close: () => rmSync(folder.path, { recursive: true, force: true }) };
}
