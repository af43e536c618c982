import { InvalidError } from '#shared/errors.ts';
import type { DeviceMatch } from '#shared/policy/conditions.ts';
import { slug } from './carry.ts';
import { family } from './defender.ts';
import { type Expression, serialFact } from './expression.ts';
import { hardware, instancePath, product, vendor, vendorAndProduct } from './windows-identifiers.ts';
import { childrenNamed, childText, type Element } from './xml.ts';

/** An element and the file it stands in. */
export interface Located {
  file: string;
  element: Element;
}

export function wrong(file: string, { line }: Element, says: string): InvalidError {
  return new InvalidError(`${file}, line ${line}: ${says}.`);
}

export function idOf({ file, element }: Located): string {
  const id = element.attributes.Id;
  if (id === undefined) throw wrong(file, element, `<${element.name}> has no Id`);
  return id.toLowerCase();
}

/** The devices, networks or connections a group stands for. @throws InvalidError for a match type nobody knows */
export function groupExpression(group: Located): Expression {
  const { file, element } = group;
  const kind = element.attributes.Type ?? 'Device';
  const match = childText(element, 'MatchType') ?? element.attributes.MatchType ?? 'MatchAny';
  const descriptors = childrenNamed(element, 'DescriptorIdList').flatMap(({ children }) => children);
  const parts = descriptors.map((descriptor) =>
    kind === 'File' || kind === 'PrintJob'
      ? { lost: `the ${kind} group ${idOf(group)}` }
      : descriptorExpression(descriptor),
  );
  switch (match) {
    case 'MatchAll':
      return { all: parts };
    case 'MatchAny':
      return listed(parts, element, group) ?? { any: parts };
    case 'MatchExcludeAll':
      return { not: { all: parts } };
    case 'MatchExcludeAny':
      return { not: { any: parts } };
    default:
      throw wrong(file, element, `MatchType ${match} is not known`);
  }
}

/** A group that only names devices becomes a list, which is easier to keep than a condition. */
function listed(parts: Expression[], element: Element, group: Located): Expression | undefined {
  const matches = parts.map(deviceMatchOf);
  if (matches.length < 2 || matches.includes(undefined)) return undefined;
  const name = slug(childText(element, 'Name') ?? `group-${idOf(group).replaceAll(/[{}]/g, '').slice(0, 8)}`);
  const devices = matches.flatMap((match) => match?.surely ?? []);
  const atMost = matches.flatMap((match) => match?.perhaps ?? []);
  return JSON.stringify(devices) === JSON.stringify(atMost) ? { list: name, devices } : { list: name, devices, atMost };
}

/** What an expression says of a device alone, class aside; undefined when it says anything else. */
function deviceMatchOf(expression: Expression): { surely: DeviceMatch; perhaps: DeviceMatch } | undefined {
  if ('fact' in expression) {
    const { device } = expression.fact;
    if (!device || device.class !== undefined) return undefined;
    return { surely: device, perhaps: expression.atMost?.device ?? device };
  }
  if (!('all' in expression) || expression.all.length === 0) return undefined;
  const matches = expression.all.map(deviceMatchOf);
  if (matches.includes(undefined)) return undefined;
  return {
    surely: Object.assign({}, ...matches.map((match) => match?.surely)),
    perhaps: Object.assign({}, ...matches.map((match) => match?.perhaps)),
  };
}

function descriptorExpression({ name, text }: Element): Expression {
  switch (name) {
    case 'PrimaryId':
      return family(text);
    case 'VID_PID':
      return vendorAndProduct(text);
    case 'VID':
      return vendor(text);
    case 'PID':
      return product(text);
    case 'SerialNumberId':
      return serialFact(text);
    case 'InstancePathId':
      return instancePath(text);
    case 'DeviceId':
    case 'HardwareId':
      return hardware(text);
    case 'BusId':
      return text.toUpperCase() === 'USB' ? { fact: { device: { bus: 'usb' } } } : { lost: `the bus ${text}` };
    case 'DeviceEncryptionStateId':
      return encryption(text);
    case 'NetworkCategoryId':
      return text === 'DomainAuthenticated'
        ? { fact: { network: { onNetwork: true } } }
        : { lost: `the network category ${text}` };
    case 'VPNConnectionStatusId':
      return /^(Connected|Disconnected)$/.test(text)
        ? { fact: { network: { vpn: text === 'Connected' } } }
        : { lost: `the VPN state ${text}` };
    default:
      return { lost: `${name} ${text}` };
  }
}

function encryption(text: string): Expression {
  if (text === 'BitlockerEncrypted')
    return {
      fact: { volume: { encryption: 'encrypted', method: 'bitlocker' } },
      atMost: { volume: { method: 'bitlocker' } },
    };
  if (text === 'Plain')
    return { fact: { volume: { encryption: 'plain' } }, atMost: { volume: { encryption: ['plain', 'suspended'] } } };
  return { lost: `the encryption ${text}` };
}
