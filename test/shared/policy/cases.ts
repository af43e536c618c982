import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { Decision } from '#shared/policy/decision.ts';
import { rightNames } from '#shared/policy/decision.ts';
import { Facts } from '#shared/policy/facts.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { Standing } from '#shared/policy/standing.ts';
import { checker } from '#shared/schema.ts';

export function profileText(profile: string): string {
  return readFileSync(new URL(`../../../shared/policy/profiles/${profile}.yaml`, import.meta.url), 'utf8');
}

const focus = loadPolicy(profileText('focus'));

/** The focus profile, enforced, with other rules and lists. Text is YAML. */
export function policyWith(rules: string, lists = '{}', more: Partial<Policy> = {}): Policy {
  const changed = { ...focus, mode: 'enforce', rules: parse(rules), lists: parse(lists), ...more };
  return loadPolicy(JSON.stringify(changed));
}

const kinds: Record<string, Pick<DeviceFacts, 'class' | 'bus' | 'interfaces'>> = {
  stick: { class: 'usb-storage', bus: 'usb', interfaces: ['08:06:50'] },
  disk: { class: 'external-disk', bus: 'scsi', interfaces: [] },
  disc: { class: 'optical', bus: 'ata', interfaces: [] },
  card: { class: 'memory-card', bus: 'mmc', interfaces: [] },
  phone: { class: 'phone', bus: 'usb', interfaces: ['06:01:01'] },
  camera: { class: 'camera', bus: 'usb', interfaces: ['06:01:01'] },
  headset: { class: 'audio', bus: 'usb', interfaces: ['01:01:00'] },
  keyboard: { class: 'hid', bus: 'usb', interfaces: ['03:01:01'] },
  hub: { class: 'hub', bus: 'usb', interfaces: ['09:00:00'] },
  reader: { class: 'smartcard', bus: 'usb', interfaces: ['0b:00:00'] },
  printer: { class: 'printer', bus: 'usb', interfaces: ['07:01:02'] },
  rubberducky: { class: 'usb-storage', bus: 'usb', interfaces: ['08:06:50', '03:01:01'] },
};

const members: Record<string, [string, string]> = {
  vid: ['device', 'vendorId'],
  pid: ['device', 'productId'],
  vendor: ['device', 'vendor'],
  product: ['device', 'product'],
  port: ['device', 'port'],
  bus: ['device', 'bus'],
  size: ['device', 'sizeBytes'],
  serial: ['device', 'serial'],
  trust: ['device', 'serialTrust'],
  ifs: ['device', 'interfaces'],
  label: ['volume', 'label'],
  fs: ['volume', 'filesystem'],
  vsize: ['volume', 'sizeBytes'],
  enc: ['volume', 'encryption'],
  method: ['volume', 'method'],
  by: ['volume', 'encryptedBy'],
  ro: ['volume', 'readOnly'],
  user: ['user', 'name'],
  groups: ['user', 'groups'],
  pc: ['computer', 'id'],
  host: ['computer', 'hostname'],
  pcgroups: ['computer', 'groups'],
  site: ['computer', 'site'],
  portable: ['computer', 'portable'],
  net: ['network', 'onNetwork'],
  vpn: ['network', 'vpn'],
};
const lists = new Set(['ifs', 'groups', 'pcgroups']);

function factFrom(member: string, text: string): unknown {
  const words = text.replaceAll('_', ' ');
  if (lists.has(member)) return words === '' ? [] : words.split('+');
  if (words === 'true' || words === 'false') return words === 'true';
  return /size$/.test(member) ? Number(words) : words;
}

export interface Case {
  facts: Facts;
  now: number;
}

export const noon = Date.parse('2026-11-18T12:00:00Z');
const factsChecker = checker(Facts);

/** Facts in one line: `stick vid=0781 serial=EX1 enc=plain at=2026-11-18T12:00Z`. `_` stands for a blank. */
export function caseOf(line: string): Case {
  const [kind = '', ...given] = line.trim().split(/\s+/);
  const facts: Record<string, Record<string, unknown>> = { device: { ...kinds[kind], serialTrust: 'blank' } };
  let now = noon;
  for (const token of given) {
    const [name = '', text = ''] = token.split(/=(.*)/s);
    if (name === 'at') {
      now = Date.parse(text);
      continue;
    }
    const [part, member] = members[name] ?? ['unheard', name];
    facts[part] = {
      ...(part === 'volume' && { name: 'sdb1', encryption: 'unknown' }),
      ...facts[part],
      [member]: factFrom(name, text),
    };
    if (name === 'serial') facts.device = { ...facts.device, serialTrust: 'device' };
  }
  return { facts: factsChecker.parse(facts, line), now };
}

/** Rights in four letters: `cr--` may be connected and read. */
export function letters(rights: Decision['rights']): string {
  return rightNames.map((right, index) => (rights[right] === 'allow' ? ('crwx'[index] ?? '') : '-')).join('');
}

export function standingOf(text: string): Standing {
  const given = parse(text) as object;
  return checker(Standing).parse({ register: [], approvals: [], codes: [], ...given }, 'The standing');
}
