import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeviceClass, deviceClasses } from '#shared/device/facts.ts';
import { type Access, accesses, type Ruled } from '../../../agent/enforcement/enforcement.ts';
import type { SystemFacts, UsbState } from '../../../agent/enforcement/facts.linux.ts';
import { carriesFiles, mayOpen } from '../../../agent/enforcement/interfaces.ts';
import type { Circumstance } from '../../../agent/enforcement/plan.linux.ts';
import { plan } from '../../../agent/enforcement/planner.linux.ts';
import { deviceOf } from '../../fakes/ruled.ts';

/** A computer of which only the USB devices are of interest. */
interface Computer {
  ruled: Ruled[];
  facts: Facts;
}
type Facts = SystemFacts & { usb: ReadonlyMap<string, UsbState> };

const triples = [
  '08:06:50',
  '06:01:01',
  'ff:42:01',
  'ff:ff:00',
  '03:01:01',
  '03:01:02',
  '0b:00:00',
  '01:01:00',
  '09:00:00',
];

interface Plugged {
  deviceClass: DeviceClass;
  interfaces: string[];
  connect: boolean;
  access: Access;
  authorized: boolean;
}
const plugged: fc.Arbitrary<Plugged> = fc.record({
  deviceClass: fc.constantFrom(...deviceClasses),
  interfaces: fc.uniqueArray(fc.constantFrom(...triples), { minLength: 1, maxLength: 4 }),
  connect: fc.boolean(),
  access: fc.constantFrom(...accesses),
  authorized: fc.boolean(),
});

function computer(devices: readonly Plugged[], builtIn: boolean): Computer {
  const ruled = devices.map(({ deviceClass, interfaces, connect, access }, index): Ruled => {
    const device = deviceOf({ class: deviceClass, interfaces, port: `1-${index + 1}` });
    return { key: `1-${index + 1}`, device, wish: { connect, access, execute: false }, volumes: new Map() };
  });
  const usb = devices.map(({ interfaces, authorized }, index): [string, UsbState] => {
    const port = `1-${index + 1}`;
    const parts = authorized ? interfaces.map((triple, at) => ({ name: `${port}:1.${at}`, triple, authorized })) : [];
    return [port, { number: '5', authorized, interfaces: parts, hasChildren: false }];
  });
  const none = new Set<string>();
  return {
    ruled,
    facts: {
      usb: new Map(usb),
      blocks: new Map(),
      mounts: [],
      cards: new Map(),
      needed: none,
      inputs: { keyboards: new Set(builtIn ? [''] : []), pointers: new Set(builtIn ? [''] : []) },
      marks: { writable: new Set(), shown: new Set(), executable: new Set() },
      kept: { doors: {}, foreign: [], readOnly: [], nodes: {} },
      madeReadOnly: none,
      closedNodes: none,
      lingering: none,
      privateFolder: '/run/portcullis/looking',
    },
  };
}

const circumstance = (all: readonly Ruled[], fresh: readonly string[] = []): Circumstance => ({
  all,
  fresh: new Set(fresh),
  busy: new Set(),
  ejected: new Set(),
});

/** What the kernel makes of the actions. */
function after(
  { facts }: Computer,
  devices: readonly Plugged[],
  one: Ruled,
  all: readonly Ruled[],
  fresh: string[],
): Facts {
  const usb = new Map(facts.usb);
  const marks = structuredClone(facts.marks) as Record<'writable' | 'shown' | 'executable', Set<string>>;
  for (const action of plan(one, facts, circumstance(all, fresh)).actions) {
    if (action.do === 'mark') {
      for (const name of ['writable', 'shown', 'executable'] as const) {
        if (action.as.includes(name)) marks[name].add(action.place);
        else marks[name].delete(action.place);
      }
    }
    for (const [port, state] of usb) usb.set(port, changed(port, state, action, devices));
    if (action.do === 'authorise') fresh.push(action.port);
  }
  return { ...facts, usb, marks };
}

function changed(
  port: string,
  state: UsbState,
  action: ReturnType<typeof plan>['actions'][number],
  devices: readonly Plugged[],
): UsbState {
  const { interfaces } = devices[Number(port.slice(2)) - 1] ?? { interfaces: [] };
  if (action.do === 'authorise' && action.port === port) {
    const authorized = action.interfaces === 'open';
    return {
      ...state,
      authorized: true,
      interfaces: interfaces.map((triple, at) => ({ name: `${port}:1.${at}`, triple, authorized })),
    };
  }
  if (action.do === 'unauthorise' && action.port === port) return { ...state, authorized: false, interfaces: [] };
  if (action.do !== 'open-interfaces' && action.do !== 'close-interfaces') return state;
  const authorized = action.do === 'open-interfaces';
  return {
    ...state,
    interfaces: state.interfaces.map((part) => (action.names.includes(part.name) ? { ...part, authorized } : part)),
  };
}

/** Looks twice, as the agent does, each time until nothing more is planned. */
function settled(devices: readonly Plugged[], builtIn: boolean): Computer {
  let now = computer(devices, builtIn);
  for (let look = 0; look < 2; look++) {
    const fresh: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (const one of now.ruled) now = { ...now, facts: after(now, devices, one, now.ruled, fresh) };
    }
  }
  return now;
}

const open = ({ facts }: Computer, port: string) =>
  (facts.usb.get(port)?.interfaces ?? []).filter(({ authorized }) => authorized);

describe('laws of the plan for USB devices', () => {
  const anyComputer = fc.tuple(fc.array(plugged, { minLength: 1, maxLength: 5 }), fc.boolean());

  it('comes to rest: carried out, nothing is left to do', () => {
    fc.assert(
      fc.property(anyComputer, ([devices, builtIn]) => {
        const now = settled(devices, builtIn);
        for (const one of now.ruled) expect(plan(one, now.facts, circumstance(now.ruled)).actions).toEqual([]);
      }),
    );
  });

  it('no interface that carries files is open beyond what is allowed', () => {
    fc.assert(
      fc.property(anyComputer, ([devices, builtIn]) => {
        const now = settled(devices, builtIn);
        for (const { device, wish } of now.ruled) {
          const access = wish.connect ? wish.access : 'refused';
          for (const { triple } of open(now, device.port ?? ''))
            expect(mayOpen(device.class, triple, access)).toBe(true);
        }
      }),
    );
  });

  it('what is allowed whole is open whole', () => {
    fc.assert(
      fc.property(anyComputer, ([devices, builtIn]) => {
        const now = settled(devices, builtIn);
        for (const { device, wish } of now.ruled) {
          if (!wish.connect || wish.access !== 'full') continue;
          expect(open(now, device.port ?? '').map(({ triple }) => triple)).toEqual(device.interfaces);
        }
      }),
    );
  });

  it.each([
    ['keyboard', '03:01:01'],
    ['mouse', '03:01:02'],
  ])('a computer that has a %s keeps one', (_, triple) => {
    fc.assert(
      fc.property(fc.array(plugged, { minLength: 1, maxLength: 5 }), (devices) => {
        fc.pre(devices.some(({ interfaces }) => interfaces.includes(triple)));
        const now = settled(devices, false);
        const left = now.ruled
          .flatMap(({ device }) => open(now, device.port ?? ''))
          .filter((part) => part.triple === triple);
        expect(left.length).toBeGreaterThan(0);
      }),
    );
  });

  it('hubs and smart-card readers are never taken away', () => {
    fc.assert(
      fc.property(anyComputer, ([devices, builtIn]) => {
        const now = settled(devices, builtIn);
        for (const { device } of now.ruled) {
          if (!device.interfaces.some((triple) => /^(09|0b):/.test(triple))) continue;
          expect(open(now, device.port ?? '').some(({ triple }) => /^(09|0b):/.test(triple))).toBe(true);
        }
      }),
    );
  });
});

describe('interfaces that carry files', () => {
  it.each<[DeviceClass, string, boolean]>([
    ['usb-storage', '08:06:50', true],
    ['usb-storage', '08:06:62', true],
    ['phone', '06:01:01', true],
    ['phone', 'ff:ff:00', true],
    ['phone', 'ff:42:01', true],
    ['usb-storage', '03:01:01', false],
    ['audio', 'ff:00:00', false],
    ['other', '0e:01:00', false],
    ['printer', '07:01:02', true],
    ['hid', '03:01:01', false],
  ])('%s %s: %s', (deviceClass, triple, expected) => {
    expect(carriesFiles(deviceClass, triple)).toBe(expected);
  });
});
