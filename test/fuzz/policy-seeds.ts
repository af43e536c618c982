import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { loadPolicy } from '#shared/policy/load.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { below, pick, type Random } from './chance.ts';
import { mutateBytes, mutateLines } from './mutate-bytes.ts';
import { mutateLeaves, mutateValue } from './mutate-json.ts';
import { unlessRefused } from './target.ts';

type Plain = Record<string, unknown>;

const profiles = (['focus', 'ccg'] as const).map((name) => profileText(name));
/** A profile with no more than a policy must have: most of a profile says nothing of devices, and takes long to read. */
const small = profiles.map((text): Plain => {
  const needed = parse(text) as Plain & { alerts: unknown[] };
  needed.alerts = needed.alerts.slice(0, 2);
  for (const name of Object.keys(needed)) {
    const { [name]: _without, ...rest } = needed;
    if (name !== 'rules' && unlessRefused(() => loadPolicy(JSON.stringify(rest)))) delete needed[name];
  }
  return needed;
});

const conditions: readonly unknown[] = [
  {},
  { device: { class: 'usb-storage' } },
  { device: { class: ['phone', 'camera'], vendorId: '0951' } },
  { device: { register: 'issued' }, volume: { encryption: 'encrypted', method: 'accepted' } },
  { volume: { encryption: 'plain' } },
  { any: [{ user: { groups: 'IT' } }, { not: { network: { onNetwork: true } } }] },
  { all: [{ device: { serial: 'EX*' } }, { time: { after: '08:00', before: '18:00', days: ['mon', 'fri'] } }] },
  { device: { interfaces: { only: ['08:*:*'] } }, computer: { portable: true } },
];
const rights: readonly unknown[] = [
  { all: 'allow' },
  { all: 'deny' },
  { read: 'allow', write: 'deny' },
  { connect: 'deny' },
  { connect: 'allow', read: 'allow', write: 'allow', execute: 'deny' },
];

function rule(index: number, random: Random): Plain {
  return {
    id: `rule-${index}`,
    when: pick(conditions, random),
    rights: pick(rights, random),
    ...(random() < 0.2 && { onUnknown: 'match' }),
    ...(random() < 0.1 && { mode: 'report' }),
    ...(random() < 0.2 && { expires: pick(['2026-12-24', '2020-01-01'], random) }),
  };
}

/** The text of a policy that is wrong somewhere, or right and odd. */
export function damagedPolicy(random: Random): Buffer {
  const way = random();
  // A whole profile as people edit it, by line and by byte. It takes long to read, so not often.
  if (way < 0.03) return Buffer.from(mutateLines(pick(profiles, random), random));
  if (way < 0.05) return mutateBytes(Buffer.from(pick(profiles, random)), random);
  const rules = Array.from({ length: below(random, 4) }, (_, index) => rule(index, random));
  const policy = {
    ...structuredClone(pick(small, random)),
    mode: pick(['report', 'enforce'], random),
    rules: structuredClone(rules),
  };
  if (way < 0.45) return Buffer.from(JSON.stringify(policy));
  // Mostly in the rules and the devices; elsewhere a wrong word is refused the same way each time.
  const part = pick(['rules', 'rules', 'rules', 'devices', 'lists', 'encryption', 'alerts', 'approvers'], random);
  const change = pick([mutateLeaves, mutateValue], random);
  const changed = { ...policy, [part]: change((policy as Plain)[part], random) };
  if (way < 0.6) return Buffer.from(mutateLines(stringify(changed, { aliasDuplicateObjects: false }), random));
  return Buffer.from(JSON.stringify(way < 0.65 ? mutateValue(changed, random) : changed) ?? 'null');
}

export function damagedFragment(random: Random): Buffer {
  const defaults = { phone: { rights: { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' } } };
  const rules = Array.from({ length: 1 + below(random, 3) }, (_, index) => rule(index, random));
  return Buffer.from(JSON.stringify(mutateValue({ devices: { defaults }, rules }, random)) ?? 'null');
}

const fixtures = fileURLToPath(new URL('../fixtures/policies/', import.meta.url));
const others = [
  'crowdstrike.json',
  'defender-groups.xml',
  'defender-macos.json',
  'defender-rules.xml',
  'usbguard-rules.conf',
];
const foreign = others.map((name) => readFileSync(fixtures + name));

/** A policy of another product. */
export function damagedForeign(random: Random): Buffer {
  const bytes = pick(foreign, random);
  const text = bytes.toString('utf8');
  if (/^\s*[{[]/.test(text) && random() < 0.7)
    return Buffer.from(JSON.stringify(mutateValue(JSON.parse(text), random)) ?? 'null');
  return random() < 0.6 ? Buffer.from(mutateLines(text, random)) : mutateBytes(bytes, random);
}
