import type { DeviceNode } from '../../agent/platform/windows/device-tree.ts';
import { hostLines } from '../../agent/platform/windows/host-lines.ts';
import type { Registry, View } from '../../agent/platform/windows/registry.ts';
import type { RegistryData } from '../../agent/platform/windows/registry-values.ts';
import type { WindowsSystem } from '../../agent/platform/windows/system.ts';
import type { Disk, Volume } from '../../agent/platform/windows/volumes.ts';
import type { WmiRow } from '../../agent/platform/windows/wmi.ts';

export type RegistryContent = Record<string, Record<string, RegistryData>>;

export interface FakeRegistry extends Registry {
  /** Everything in it, to compare with. */
  content(): RegistryContent;
}

/** A registry in memory. Keys of the 32-bit view begin with `32:`; names of values compare without regard to case. */
export function fakeRegistry(start: RegistryContent = {}): FakeRegistry {
  const keys = new Map(Object.entries(start).map(([path, values]) => [path, new Map(Object.entries(values))]));
  const versions = new Map<string, number>();
  const at = (path: string, view: View = 64) => (view === 32 ? `32:${path}` : path);
  const touch = (path: string) => versions.set(path, (versions.get(path) ?? 0) + 1);
  const below = (path: string) => [...keys.keys()].filter((key) => key.startsWith(`${path}\\`));
  const nameIn = (values: Map<string, RegistryData>, name: string) =>
    [...values.keys()].find((one) => one.toLowerCase() === name.toLowerCase()) ?? name;
  return {
    content: () => Object.fromEntries([...keys].map(([path, values]) => [path, Object.fromEntries(values)])),
    keys(path, view) {
      const place = at(path, view);
      const found = new Set(below(place).map((key) => key.slice(place.length + 1).split('\\')[0] ?? ''));
      return found.size > 0 || keys.has(place) ? [...found] : undefined;
    },
    values: (path, view) => {
      const values = keys.get(at(path, view));
      return values && new Map(values);
    },
    value(path, name, view) {
      const values = keys.get(at(path, view));
      return values?.get(nameIn(values, name));
    },
    set(path, name, data) {
      const values = keys.get(path) ?? new Map<string, RegistryData>();
      keys.set(path, values.set(nameIn(values, name), data));
      touch(path);
    },
    remove(path, name) {
      const values = keys.get(path);
      values?.delete(nameIn(values, name));
      touch(path);
    },
    removeIfEmpty(path) {
      if (keys.get(path)?.size === 0 && below(path).length === 0) keys.delete(path);
    },
    listenAt(path) {
      const count = () => [...versions].filter(([key]) => key.startsWith(path)).reduce((sum, [, n]) => sum + n, 0);
      let before = count();
      if (!keys.has(path) && below(path).length === 0) return undefined;
      return {
        hasChanged() {
          const now = count();
          const isChanged = now !== before;
          before = now;
          return isChanged;
        },
        close: () => undefined,
      };
    },
  };
}

/** A Windows whose answers are given, and that does as it is told unless it is told to refuse. */
export interface FakeWindows extends WindowsSystem {
  registry: FakeRegistry;
  nodes: DeviceNode[];
  disks: Map<string, Disk>;
  drives: Volume[];
  /** Answers of WMI by class; a class that is missing is one this Windows does not have. */
  rows: Record<string, WmiRow[]>;
  /** Machine words with which it refuses, by what is asked. */
  refuses: Partial<Record<'disable' | 'enable' | 'read-only', string>>;
  done: string[];
}

export function fakeWindows(registry: RegistryContent = {}): FakeWindows {
  const system: FakeWindows = {
    registry: fakeRegistry(registry),
    nodes: [],
    disks: new Map(),
    drives: [],
    rows: {},
    refuses: {},
    done: [],
    devices: {
      present: () => system.nodes,
      paths: (kind) =>
        kind.startsWith('53f56307') ? new Map([...system.disks.keys()].map((id) => [id, id])) : new Map(),
      disable: (id) => change('disable', id, 22),
      enable: (id) => change('enable', id, undefined),
    },
    volumes: {
      letters: () => system.drives.length,
      list: () => system.drives,
      disk: (path) => system.disks.get(path) ?? {},
      setReadOnly(path, readOnly) {
        if (system.refuses['read-only']) return system.refuses['read-only'];
        system.done.push(`${readOnly ? 'read-only' : 'writable'} ${path}`);
        system.disks.set(path, { ...system.disks.get(path), readOnly });
        return undefined;
      },
      isPlaceholder: () => false,
    },
    wmi: { query: (_namespace, from) => system.rows[from] },
    security: {
      ownerOf: () => undefined,
      accountName: () => undefined,
      closeFolder: () => undefined,
      isAdministrator: () => true,
    },
    sessions: { atConsole: () => undefined, active: () => [], userOf: () => '', isRemote: () => false },
    interfaces: () => [],
    power: () => ({ onBattery: false, hasBattery: false }),
    host: hostLines(undefined),
  };

  function change(what: 'disable' | 'enable', id: string, problem: number | undefined): string | undefined {
    if (system.refuses[what]) return system.refuses[what];
    system.done.push(`${what} ${id}`);
    system.nodes = system.nodes.map((node) => (node.id === id ? { ...node, problem } : node));
    return undefined;
  }
  return system;
}

/** A device of which only what matters is given. */
export function nodeOf(given: Partial<DeviceNode> & Pick<DeviceNode, 'id' | 'classId'>): DeviceNode {
  return {
    parent: undefined,
    hardwareIds: [],
    compatibleIds: [],
    service: undefined,
    location: undefined,
    removalPolicy: undefined,
    reportedName: undefined,
    problem: undefined,
    arrived: undefined,
    ...given,
  };
}
