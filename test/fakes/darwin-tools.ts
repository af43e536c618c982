import { readFileSync } from 'node:fs';
import type { ToolName, Tools } from '../../agent/platform/darwin/tools.ts';

const folder = new URL('../fixtures/darwin/', import.meta.url);
export const darwinFixture = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

const answers: Readonly<Record<string, string>> = {
  'diskutil list -plist': 'diskutil-list.plist',
  'diskutil apfs list -plist': 'diskutil-apfs-list.plist',
  'diskutil cs info -plist disk11': 'cs-disk11.plist',
  'diskutil cs info -plist 11111111-2222-4333-8444-555555555555': 'cs-family.plist',
  'ioreg -a -r -l -w 0 -c IOUSBHostDevice': 'ioreg-usb.plist',
  'dscl -plist . -readall /Users RecordName UniqueID NFSHomeDirectory': 'dscl-users.plist',
  mount: 'mount.txt',
  'system_profiler -json SPApplicationsDataType': 'applications.json',
  'system_profiler -json SPHardwareDataType': 'hardware.json',
  'pkgutil --pkgs-plist': 'pkgutil-pkgs.plist',
  'systemextensionsctl list': 'systemextensions.txt',
};

export interface FakeMac extends Tools {
  /** Everything that was asked, in order. */
  readonly asked: string[];
  /** Answers that go before the fixtures; null: the tool fails. */
  readonly says: Map<string, string | null>;
  /** Volumes that are out of use, and those that may only be read, by the tools of this Mac. */
  readonly unmounted: Set<string>;
  readonly readOnly: Set<string>;
  /** Applied to each answer, for example to translate it. */
  alter(text: string): string;
}

/** A laptop as the fixtures have it, on which volumes can be unmounted and mounted. */
export function fakeMac(): FakeMac {
  const mac: FakeMac = {
    asked: [],
    says: new Map(),
    unmounted: new Set(),
    readOnly: new Set(),
    alter: (text) => text,
    run(name, args) {
      const words = [name, ...args].join(' ');
      mac.asked.push(words);
      const text = mac.says.has(words) ? mac.says.get(words) : answer(mac, name, args);
      if (text === null || text === undefined) {
        return Promise.resolve({ ok: false, error: { code: 'status-1', says: `${name} has no answer.` } });
      }
      return Promise.resolve({ ok: true, seen: mac.alter(text) });
    },
  };
  return mac;
}

function answer(mac: FakeMac, name: ToolName, args: readonly string[]): string | undefined {
  const words = [name, ...args].join(' ');
  const id = args.at(-1) ?? '';
  if (name === 'diskutil' && (args[0] === 'mount' || args[0] === 'unmount')) return change(mac, args, id);
  if (words.startsWith('diskutil info -plist')) return stateOf(darwinFixture(`info/${id}.plist`), mac, [id]);
  if (words.startsWith('pkgutil --pkg-info-plist')) return darwinFixture(`pkg-${id}.plist`);
  if (name === 'defaults') return darwinFixture('empty.plist');
  const file = answers[words];
  if (file === undefined) return undefined;
  return name === 'diskutil' ? stateOf(darwinFixture(file), mac, [...mac.unmounted]) : darwinFixture(file);
}

function change({ unmounted, readOnly }: FakeMac, args: readonly string[], id: string): string {
  if (args[0] === 'unmount') unmounted.add(id);
  else {
    unmounted.delete(id);
    if (args.includes('readOnly')) readOnly.add(id);
    else readOnly.delete(id);
  }
  return '';
}

/** A fixture as it is after volumes were unmounted, or mounted to be read only. */
function stateOf(text: string, mac: FakeMac, ids: readonly string[]): string {
  const gone = ids.filter((id) => mac.unmounted.has(id)).map(mountPointOf);
  const closed = gone.reduce((all, place) => all.replace(`<string>${place}</string>`, '<string></string>'), text);
  const isReadOnly = ids.some((id) => mac.readOnly.has(id));
  return isReadOnly ? closed.replace(/(<key>WritableVolume<\/key>\s*)<true\/>/, '$1<false/>') : closed;
}

function mountPointOf(id: string): string {
  return /<key>MountPoint<\/key>\s*<string>([^<]*)/.exec(darwinFixture(`info/${id}.plist`))?.[1] ?? '';
}
