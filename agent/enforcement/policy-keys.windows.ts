import type { DeviceClass } from '#shared/device/facts.ts';
import type { Found } from '../watchers/removable-media/devices.windows.ts';
import type { Ruled } from './enforcement.ts';

/** A value of the registry that the agent wants to stand. */
export interface PolicyValue {
  path: string;
  name: string;
  data: number | string;
}

/** Kinds of media that Windows has policies for, each by the GUIDs of its keys. */
const kinds = {
  disk: ['{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}'],
  optical: ['{53f56308-b6bf-11d0-94f2-00a0c91efb8b}'],
  floppy: ['{53f56311-b6bf-11d0-94f2-00a0c91efb8b}'],
  portable: ['{6AC27878-A6FA-4155-BA85-F98F491D4F33}', '{F33FDC04-D1AC-4E8E-9A30-19BBD4B108AE}'],
} as const;
export type PolicyKind = keyof typeof kinds;

const removable = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\RemovableStorageDevices';
const installation = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions';
/** Where Windows looks for devices that are not to be installed; each value is one. */
export const instanceList = `${installation}\\DenyInstanceIDs`;
const mostInstances = 256;

/** Undefined for what Windows has no such policy for. */
export function policyKindOf(device: DeviceClass): PolicyKind | undefined {
  switch (device) {
    case 'usb-storage':
    case 'external-disk':
    case 'memory-card':
    case 'other':
      return 'disk';
    case 'optical':
    case 'floppy':
      return device;
    case 'phone':
    case 'camera':
      return 'portable';
    case 'audio':
    case 'hid':
    case 'hub':
    case 'printer':
    case 'network':
    case 'smartcard':
      return undefined;
  }
}

export type Deny = 'Deny_Read' | 'Deny_Write' | 'Deny_Execute';

export function denies(kind: PolicyKind, deny: Deny): PolicyValue[] {
  return kinds[kind].map((guid) => ({ path: `${removable}\\${guid}`, name: deny, data: 1 }));
}

/**
 * Pure. What is to stand in the registry for the devices there are. A key holds for a whole kind of media, so that it
 * denies only what is denied to every one of them; reading from disks is never denied by a key, since one that came
 * later and is allowed would have to wait for a restart. Of a kind of which nothing is attached, what stands stays.
 * @param standing what the agent wrote before
 */
export function wantedPolicies(ruled: readonly Ruled[], standing: readonly PolicyValue[]): PolicyValue[] {
  return (Object.keys(kinds) as PolicyKind[]).flatMap((kind) => {
    const attached = ruled.filter(({ device }) => policyKindOf(device.class) === kind);
    const keys = kinds[kind].map((guid) => `${removable}\\${guid}`);
    if (attached.length === 0) return standing.filter(({ path }) => keys.includes(path));
    const isClosed = attached.every(({ wish }) => !wish.connect || wish.access === 'refused');
    const isUnwritten = attached.every(({ wish }) => !wish.connect || wish.access !== 'full');
    const isUnstarted = attached.every(({ wish }) => !wish.connect || wish.access === 'refused' || !wish.execute);
    return [
      ...(kind === 'portable' && isClosed ? denies(kind, 'Deny_Read') : []),
      ...(isUnwritten ? denies(kind, 'Deny_Write') : []),
      ...(isUnstarted && kind !== 'portable' ? denies(kind, 'Deny_Execute') : []),
    ];
  });
}

/**
 * Pure. Single devices that Windows is not to install again, beside those that the organisation's own policy lists. One
 * that was refused and is gone stays on the list, until it is there and allowed.
 * @param taken names of the values that are used in the list already
 */
export function wantedInstances(
  { refused, allowed }: { refused: readonly Found[]; allowed: readonly Found[] },
  standing: readonly PolicyValue[],
  taken: ReadonlySet<string>,
): PolicyValue[] {
  const ids = (found: readonly Found[]) => new Set(found.flatMap(({ parts }) => parts.map(({ id }) => id)));
  const welcome = ids(allowed);
  const kept = standing.filter(({ path, data }) => path === instanceList && !welcome.has(String(data)));
  const known = new Set(kept.map(({ data }) => data));
  const used = new Set([...taken, ...standing.map(({ name }) => name)]);
  const fresh: PolicyValue[] = [];
  for (const id of [...ids(refused)].filter((one) => !known.has(one)).slice(0, mostInstances - kept.length)) {
    const name = freeName(used);
    used.add(name);
    fresh.push({ path: instanceList, name, data: id });
  }
  const all = [...kept, ...fresh];
  return all.length > 0 ? [{ path: installation, name: 'DenyInstanceIDs', data: 1 }, ...all] : [];
}

function freeName(used: ReadonlySet<string>): string {
  let number = 1;
  while (used.has(String(number))) number++;
  return String(number);
}
