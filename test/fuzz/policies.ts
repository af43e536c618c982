import { isDeepStrictEqual } from 'node:util';
import { newKeyPair, signer } from '#shared/identity.ts';
import { adopt } from '#shared/policy/adopt.ts';
import { loadFragment, loadPolicy } from '#shared/policy/load.ts';
import { importPolicy } from '../../collector/policies/import/import.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { withSetting } from '../../collector/policies/setting.ts';
import { pick, type Random } from './chance.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateValue } from './mutate-json.ts';
import { policyHolds } from './policy-laws.ts';
import { damagedForeign, damagedFragment, damagedPolicy } from './policy-seeds.ts';
import { signedFiles } from './signed-files.ts';
import { holds, type Input, type Target, unlessRefused } from './target.ts';

const profile = profileText('focus');

function policy(text: string): string {
  const loaded = unlessRefused(() => loadPolicy(text));
  unlessRefused(() => withSetting(text, 'mode', 'enforce'));
  return loaded ? policyHolds(loaded) : 'refused';
}

function fragment(text: string): string {
  const loaded = unlessRefused(() => loadFragment(text));
  if (!loaded) return 'refused';
  const adopted = unlessRefused(() => adopt(profile, loaded));
  if (adopted === undefined) return 'not adopted';
  const { rules } = loadPolicy(adopted);
  holds(loaded.rules === undefined || isDeepStrictEqual(rules, loaded.rules), 'the rules are those of the fragment');
  return 'adopted';
}

/** Nothing is widened: what is carried over is a policy of ours, and permits no more than it says. */
function foreign(text: string): string {
  const imported = unlessRefused(() => importPolicy([{ name: 'other', text }]));
  if (!imported) return 'refused';
  const adopted = unlessRefused(() => adopt(profile, imported.fragment));
  return adopted === undefined ? 'not adopted' : policyHolds(loadPolicy(adopted));
}

/** Policies as text, as fragments, of other products, and signed, through all that reads and decides by them. */
export function openPolicies(): Target {
  const signed = signedFiles(signer(newKeyPair().privateKeyPem));

  function damagedSigned(what: 'policy' | 'standing', random: Random): Buffer {
    const genuine = signed.genuine[what];
    if (random() < 0.4) return mutateBytes(Buffer.from(JSON.stringify(genuine)), random);
    const { text, ...rest } = genuine;
    const changed = mutateValue({ ...rest }, random);
    const way = random();
    const wider =
      way < 0.4 ? text.replace('deny', 'allow') : way < 0.5 ? text.replace('mode: report', 'mode: enforce') : text;
    return Buffer.from(
      JSON.stringify(way < 0.8 ? { ...genuine, ...(changed as object), text: wider } : changed) ?? 'null',
    );
  }

  return {
    patience: 30_000,
    make(random): Input {
      const way = random();
      if (way < 0.45) return { part: 'policy', bytes: damagedPolicy(random) };
      if (way < 0.5) return { part: 'fragment', bytes: damagedFragment(random) };
      if (way < 0.54) return { part: 'foreign', bytes: damagedForeign(random) };
      const what = pick(['policy', 'standing'] as const, random);
      return { part: `${way < 0.97 ? 'come' : 'change'}-${what}`, bytes: damagedSigned(what, random) };
    },
    look({ part, bytes }) {
      const text = () => bytes.toString('utf8');
      switch (part) {
        case 'policy':
          return policy(text());
        case 'fragment':
          return fragment(text());
        case 'foreign':
          return foreign(text());
        case 'come-policy':
        case 'come-standing':
          return signed.come(part === 'come-policy' ? 'policy' : 'standing', bytes);
        default:
          return signed.change(part === 'change-policy' ? 'policy' : 'standing', bytes);
      }
    },
    close: () => Promise.resolve(signed.close()),
  };
}
