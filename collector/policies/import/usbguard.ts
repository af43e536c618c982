import type { When } from '#shared/policy/conditions.ts';
import { carrier, type Imported } from './carry.ts';
import { type Expression, everywhere, nowhere, serialFact } from './expression.ts';
import type { SourceFile } from './source.ts';
import {
  type Attribute,
  type AttributeName,
  type Operator,
  parseUsbguard,
  type UsbguardCondition,
  type UsbguardRule,
} from './usbguard-parse.ts';

const usb: When = { device: { bus: 'usb' } };
/** A denial leaves out what the safety floor protects anyway, because a policy that means keyboards is refused. */
const deniable: When = { device: { bus: 'usb' }, not: { device: { class: ['hid', 'hub', 'smartcard'] } } };

/**
 * The rules of USBGuard. It knows no reading and writing: what it allows is allowed whole.
 * @throws InvalidError with file, line and reason, for a file that is not of that form
 */
export function importUsbguard({ name: file, text }: SourceFile): Imported {
  const carry = carrier('USBGuard');
  for (const rule of parseUsbguard(file, text)) {
    const where = `${file}, line ${rule.line}`;
    const verdict = rule.target === 'allow' ? 'allow' : 'deny';
    const name = rule.attributes.label?.values[0] ?? `${rule.target} in line ${rule.line}`;
    const scope = verdict === 'allow' ? usb : deniable;
    carry.rule({
      name,
      where,
      verdict,
      rights: ['connect', 'read', 'write', 'execute'],
      scope,
      condition: expressionOf(rule),
    });
    if (rule.target === 'reject') {
      carry.note(`Rule "${name}": removing the device from the system`, where, 'The device is denied and not removed.');
    }
  }
  carry.note(
    'What holds where no rule matches',
    file,
    'It stands in usbguard-daemon.conf. The class defaults of the profile hold.',
  );
  return carry.done();
}

function expressionOf({ attributes, conditions }: UsbguardRule): Expression {
  const named = Object.entries(attributes) as [AttributeName, Attribute][];
  const parts = named
    .filter(([name]) => name !== 'label')
    .map(([name, attribute]) => attributeExpression(name, attribute));
  const circumstances = conditions
    ? [ofSet(conditions.operator, conditions.values.map(conditionExpression), true)]
    : [];
  return { all: [...parts, ...circumstances] };
}

function attributeExpression(name: AttributeName, { operator, values }: Attribute): Expression {
  if (name === 'with-interface') return interfaces(operator, [...new Set(values)]);
  return ofSet(
    operator,
    [...new Set(values)].map((value) => one(name, value)),
    false,
  );
}

/**
 * A set operator over conditions. A device has one identifier, name or serial number, so that it "equals" or has "all
 * of" several only when they are one.
 * @param several whether all of them can hold together, as conditions do
 */
function ofSet(operator: Operator, parts: Expression[], several: boolean): Expression {
  switch (operator) {
    case 'one-of':
    case 'match-all':
      return { any: parts };
    case 'none-of':
      return { not: { any: parts } };
    case 'all-of':
    case 'equals':
    case 'equals-ordered':
      return several || parts.length === 1 ? { all: parts } : nowhere;
  }
}

function interfaces(operator: Operator, patterns: string[]): Expression {
  if (patterns.length === 0) return { lost: 'an empty set of interfaces' };
  const condition = (interfaces: NonNullable<NonNullable<When['device']>['interfaces']>): Expression => ({
    fact: { device: { interfaces } },
  });
  switch (operator) {
    case 'one-of':
      return condition({ anyOf: patterns });
    case 'none-of':
      return condition({ noneOf: patterns });
    case 'all-of':
      return condition({ allOf: patterns });
    case 'match-all':
      return condition({ only: patterns });
    case 'equals':
      return condition({ allOf: patterns, only: patterns });
    case 'equals-ordered': {
      const set = condition({ allOf: patterns, only: patterns });
      return patterns.length === 1 ? set : { all: [set, { lost: 'the order of interfaces' }] };
    }
  }
}

function one(name: AttributeName, value: string): Expression {
  switch (name) {
    case 'id':
      return identifier(value);
    case 'serial':
      return value === '' ? { fact: { device: { serialTrust: 'blank' } } } : serialFact(value);
    case 'name':
      return literal(value, 'a name', (product) => ({ device: { product } }));
    case 'via-port':
      return literal(value, 'a port', (port) => ({ device: { port } }));
    default:
      return { lost: name };
  }
}

function identifier(value: string): Expression {
  const [vendorId = '', productId = ''] = value.split(':');
  if (vendorId === '*') return everywhere;
  return { fact: { device: { vendorId, ...(productId !== '*' && { productId }) } } };
}

/** Our patterns have no way to write a star that is a star. */
function literal(value: string, what: string, condition: (value: string) => When): Expression {
  if (value.includes('*')) return { lost: `${what} that holds a star` };
  return value === '' ? { lost: `${what} that is empty` } : { fact: condition(value) };
}

function conditionExpression({ negated, name, argument }: UsbguardCondition): Expression {
  const positive = circumstance(name, argument);
  return negated ? { not: positive } : positive;
}

function circumstance(name: string, argument: string | undefined): Expression {
  if (name === 'true') return everywhere;
  if (name === 'false') return nowhere;
  const [, after, before] = /^(\d\d:\d\d)(?::00)?-(\d\d:\d\d)(?::00)?$/.exec(argument ?? '') ?? [];
  if (name === 'localtime' && after !== undefined && before !== undefined && after !== before)
    return { fact: { time: { after, before } } };
  return { lost: argument === undefined ? name : `${name}(${argument})`.slice(0, 60) };
}
