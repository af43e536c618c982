import type { About } from './about.ts';
import { localTime } from './about.ts';
import type {
  ComputerCondition,
  DeviceMatch,
  NetworkCondition,
  TimeCondition,
  UserCondition,
  VolumeCondition,
} from './conditions.ts';
import { instantOf } from './london.ts';
import { fitsInterface, fitsPattern, inSerialRange } from './pattern.ts';
import { registerMatches } from './register.ts';
import { allOf, anyOf } from './truth.ts';

/** Whether what is known fits what is wanted; undefined when that cannot be told. */
export type FactTest<C, W> = (wanted: W, subject: About, beside: C) => boolean | undefined;

/** One test for every member a condition may have: leaving one out does not compile. */
export type FactTable<C> = { [K in keyof C]-?: FactTest<C, NonNullable<C[K]>> };

type OneOrMore<T> = T | T[];
type Read<G> = (subject: About) => G | undefined;

function any<T>(wanted: OneOrMore<T>, fits: (one: T) => boolean): boolean {
  return Array.isArray(wanted) ? wanted.some(fits) : fits(wanted);
}

/** A closed word that is one of those wanted. */
function word(read: Read<string>): FactTest<object, OneOrMore<string>> {
  return (wanted, subject) => {
    const given = read(subject);
    if (given === undefined) return undefined;
    return Array.isArray(wanted) ? wanted.includes(given) : wanted === given;
  };
}

/** Free text that fits one of the patterns wanted. */
function text(read: Read<string>): FactTest<object, OneOrMore<string>> {
  return (wanted, subject) => {
    const given = read(subject);
    return given === undefined ? undefined : any(wanted, (pattern) => fitsPattern(pattern, given));
  };
}

/** Several texts of which one fits. */
function texts(read: Read<string[]>): FactTest<object, OneOrMore<string>> {
  return (wanted, subject) => read(subject)?.some((given) => any(wanted, (pattern) => fitsPattern(pattern, given)));
}

function flag(read: Read<boolean>): FactTest<object, boolean> {
  return (wanted, subject) => {
    const given = read(subject);
    return given === undefined ? undefined : given === wanted;
  };
}

function size(read: Read<number>): FactTest<object, { from?: number; to?: number }> {
  return ({ from = 0, to = Number.POSITIVE_INFINITY }, subject) => {
    const given = read(subject);
    return given === undefined ? undefined : given >= from && given <= to;
  };
}

type Interfaces = NonNullable<DeviceMatch['interfaces']>;
/** A device may name more interfaces than an event has room for; the rest are then unknown. */
const mostInterfaces = 64;

function fitInterfaces({ allOf: all, anyOf: any, noneOf, only }: Interfaces, given: string[]): boolean | undefined {
  const rest = given.length < mostInterfaces ? false : undefined;
  const has = (pattern: string) => given.some((one) => fitsInterface(pattern, one)) || rest;
  const hasOne = (patterns: readonly string[]) => anyOf(patterns.map(has));
  const others = only && given.some((one) => !only.some((pattern) => fitsInterface(pattern, one)));
  const none = noneOf && hasOne(noneOf);
  return allOf([
    all === undefined || allOf(all.map(has)),
    any === undefined || hasOne(any),
    noneOf === undefined || (none === undefined ? undefined : !none),
    only === undefined || (others ? false : rest === false ? given.length > 0 : undefined),
  ]);
}

const serial: FactTest<DeviceMatch, NonNullable<DeviceMatch['serial']>> = (wanted, { facts }, { serialTrust }) => {
  const { serial: given, serialTrust: trust } = facts.device;
  // A serial number that is not the device's own says nothing of which device it is.
  if (given === undefined || (serialTrust === undefined && trust !== 'device')) return undefined;
  return any(wanted, (one) => (typeof one === 'string' ? fitsPattern(one, given) : inSerialRange(one, given)));
};

export const deviceTable: FactTable<DeviceMatch> = {
  class: word(({ facts }) => facts.device.class),
  vendorId: word(({ facts }) => facts.device.vendorId),
  productId: word(({ facts }) => facts.device.productId),
  serial,
  serialTrust: word(({ facts }) => facts.device.serialTrust),
  vendor: text(({ facts }) => facts.device.vendor),
  product: text(({ facts }) => facts.device.product),
  port: text(({ facts }) => facts.device.port),
  bus: word(({ facts: { device } }) => (device.bus === 'unknown' ? undefined : device.bus)),
  sizeBytes: size(({ facts }) => facts.device.sizeBytes),
  interfaces(wanted, { facts: { device } }) {
    // Everything on a USB bus has an interface, so none there means that they could not be read.
    if (device.interfaces.length === 0 && device.bus === 'usb') return undefined;
    return fitInterfaces(wanted, device.interfaces);
  },
};

export const volumeTable: FactTable<VolumeCondition> = {
  label: text(({ facts }) => facts.volume?.label),
  filesystem: text(({ facts }) => facts.volume?.filesystem),
  sizeBytes: size(({ facts }) => facts.volume?.sizeBytes),
  encryption: word(({ facts: { volume } }) => (volume?.encryption === 'unknown' ? undefined : volume?.encryption)),
  method(wanted, { facts: { volume }, acceptedMethods }) {
    const given = volume?.method;
    if (given === undefined) return undefined;
    return any(wanted, (one) => (one === 'accepted' ? acceptedMethods.includes(given) : one === given));
  },
  encryptedBy: word((subject) => subject.facts.volume?.encryptedBy ?? registeredOwner(subject)),
  readOnly: flag(({ facts }) => facts.volume?.readOnly),
};

/** Whose key the register says it is, where every entry that may be this medium's says the same. */
function registeredOwner(subject: About): 'us' | 'other' | undefined {
  const { certain, possible } = registerMatches(subject);
  const owners = new Set([...certain, ...possible].map((entry) => entry.encryptedBy));
  return certain.length > 0 && owners.size === 1 ? [...owners][0] : undefined;
}

export const userTable: FactTable<UserCondition> = {
  name: text(({ facts }) => facts.user?.name),
  groups: texts(({ facts }) => facts.user?.groups),
};

export const computerTable: FactTable<ComputerCondition> = {
  id: text(({ facts }) => facts.computer?.id),
  hostname: text(({ facts }) => facts.computer?.hostname),
  groups: texts(({ facts }) => facts.computer?.groups),
  site: text(({ facts }) => facts.computer?.site),
  portable: flag(({ facts }) => facts.computer?.portable),
};

export const networkTable: FactTable<NetworkCondition> = {
  onNetwork: flag(({ facts }) => facts.network?.onNetwork),
  vpn: flag(({ facts }) => facts.network?.vpn),
};

/** `"08:30"` in minutes since midnight. */
function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

const hours: FactTest<TimeCondition, string> = (_wanted, subject, { after, before }) => {
  const minute = localTime(subject)?.minute;
  if (minute === undefined) return undefined;
  const start = after === undefined ? 0 : minuteOf(after);
  const end = before === undefined ? 24 * 60 : minuteOf(before);
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
};

export const timeTable: FactTable<TimeCondition> = {
  after: hours,
  before: hours,
  days: word((subject) => localTime(subject)?.day),
  from: (wanted, { now }) => (now === undefined ? undefined : now >= instantOf(wanted, 'start')),
  to: (wanted, { now }) => (now === undefined ? undefined : now < instantOf(wanted, 'end')),
};
