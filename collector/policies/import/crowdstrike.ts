import Type from 'typebox';
import type { DeviceClass } from '#shared/device/facts.ts';
import { InvalidError } from '#shared/errors.ts';
import type { RightName, Verdict } from '#shared/policy/decision.ts';
import { type Checker, checker, oneOf } from '#shared/schema.ts';
import { type Carrier, carrier, type Imported } from './carry.ts';
import { type Expression, serialFact } from './expression.ts';
import { parseJson, type SourceFile } from './source.ts';

const Text = Type.Optional(Type.Union([Type.String({ maxLength: 600 }), Type.Null()]));
const actions = ['FULL_ACCESS', 'BLOCK_ALL', 'BLOCK_EXECUTE', 'BLOCK_WRITE_EXECUTE'] as const;
const FalconException = Type.Object({
  id: Text,
  class: Text,
  action: Type.Optional(Type.Union([oneOf(actions), Type.Null()])),
  combined_id: Text,
  vendor_id: Text,
  vendor_id_decimal: Text,
  product_id: Text,
  product_id_decimal: Text,
  serial_number: Text,
  use_wildcard: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  match_method: Text,
  description: Text,
  expiration_time: Text,
});
const FalconClass = Type.Object({
  id: Type.String({ maxLength: 64 }),
  action: oneOf(actions),
  exceptions: Type.Optional(Type.Union([Type.Array(FalconException, { maxItems: 10_000 }), Type.Null()])),
});
const FalconSettings = Type.Object({
  classes: Type.Array(FalconClass, { maxItems: 64 }),
  enforcement_mode: Type.Optional(Type.Union([oneOf(['MONITOR_ONLY', 'MONITOR_ENFORCE', 'OFF']), Type.Null()])),
});
type FalconException = Type.Static<typeof FalconException>;
type FalconSettings = Type.Static<typeof FalconSettings>;

const classes: Record<string, DeviceClass[]> = {
  MASS_STORAGE: ['usb-storage', 'external-disk', 'memory-card'],
  IMAGING: ['camera'],
  MOBILE: ['phone'],
  AUDIO_VIDEO: ['audio'],
  PRINTER: ['printer'],
};
const governed = Object.values(classes).flat();

/** The rights an action leaves. */
const left: Record<(typeof actions)[number], RightName[]> = {
  FULL_ACCESS: ['connect', 'read', 'write', 'execute'],
  BLOCK_EXECUTE: ['connect', 'read', 'write'],
  BLOCK_WRITE_EXECUTE: ['connect', 'read'],
  BLOCK_ALL: [],
};

/**
 * A USB device control policy of CrowdStrike Falcon, as its API gives it: the policy, its settings, or a list of one.
 * @throws InvalidError with file, place and reason, for a file that is not of that form
 */
export function importCrowdstrike(file: SourceFile): Imported {
  const settings = settingsOf(parseJson(file), file.name);
  const carry = carrier('CrowdStrike Falcon USB device control');
  const { enforcement_mode: mode } = settings;
  if (mode === 'OFF') {
    carry.note('The whole policy', file.name, 'It is switched off in the source.');
    return carry.done();
  }
  const reportOnly = mode === 'MONITOR_ONLY';
  const exceptions = settings.classes.flatMap(({ id, exceptions: list }, index) =>
    (list ?? []).map((exception, place) => ({
      exception,
      family: exception.class || id,
      where: `${file.name}, /classes/${index}/exceptions/${place}`,
    })),
  );
  for (const each of exceptions.sort((a, b) => weight(a.exception) - weight(b.exception)))
    carryException(each, reportOnly, carry);
  for (const [index, { id, action }] of settings.classes.entries()) {
    const where = `${file.name}, /classes/${index}`;
    const known = id === 'ANY' ? [] : classes[id];
    if (!known) carry.note(`Class ${id}: ${action}`, where, 'There is no class for exactly these devices here.');
    else if (reportOnly)
      carry.note(
        `Class ${id}: ${action}`,
        where,
        'It is only watched in the source, and a default cannot be report-only by itself.',
      );
    else for (const each of known) carry.default(each, left[action]);
  }
  return carry.done();
}

function settingsOf(value: unknown, file: string): FalconSettings {
  const outer = value as { resources?: unknown; settings?: unknown } | null;
  const inner = Array.isArray(outer?.resources) ? outer.resources : Array.isArray(value) ? value : [value];
  if (inner.length !== 1)
    throw new InvalidError(`${file}: it holds ${inner.length} policies. Hand over one at a time.`);
  const [policy] = inner as [{ settings?: unknown } | null];
  const settings: Checker<FalconSettings> = checker(FalconSettings);
  return settings.parse(policy?.settings ?? policy, file);
}

/** The most exact first: by serial number, then product, then vendor; of two alike, the stricter. */
function weight({ combined_id, serial_number, product_id, product_id_decimal, action }: FalconException): number {
  const exact = combined_id || serial_number ? 0 : product_id || product_id_decimal ? 10 : 20;
  return exact + (action ? left[action].length : 0);
}

interface Located {
  exception: FalconException;
  family: string;
  where: string;
}

function carryException({ exception, family, where }: Located, reportOnly: boolean, carry: Carrier): void {
  const { action, expiration_time: expires, description, id } = exception;
  const name = description || `exception ${id || where}`;
  if (!action) {
    carry.note(`Exception "${name}"`, where, 'It names no action.');
    return;
  }
  if (expires && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(expires)) {
    carry.note(`Exception "${name}": ${action}`, where, 'Its expiry is not a time.');
    return;
  }
  const known = family === 'ANY' || family === '' ? governed : classes[family];
  const condition: Expression = {
    all: [deviceExpression(exception), ...(known ? [] : [{ lost: `the class ${family}` }])],
  };
  const allowed = left[action];
  const parts: [Verdict, RightName[]][] = [
    ['deny', left.FULL_ACCESS.filter((right) => !allowed.includes(right))],
    ['allow', allowed],
  ];
  for (const [verdict, rights] of parts) {
    if (rights.length === 0) continue;
    const scope = { device: { class: known ?? governed } };
    carry.rule({ name, where, verdict, rights, scope, condition, ...(expires && { expires }), reportOnly });
  }
}

function deviceExpression(exception: FalconException): Expression {
  const { combined_id, vendor_id, vendor_id_decimal, product_id, product_id_decimal, serial_number } = exception;
  if (combined_id) return combined(combined_id, identifier(vendor_id, vendor_id_decimal));
  const vendorId = identifier(vendor_id, vendor_id_decimal);
  const productId = identifier(product_id, product_id_decimal);
  const parts: Expression[] = [];
  if (vendorId !== undefined) parts.push({ fact: { device: { vendorId } } });
  else parts.push({ lost: 'a device without its vendor' });
  if (productId !== undefined) parts.push({ fact: { device: { productId } } });
  else if (product_id || product_id_decimal) parts.push({ lost: `the product ${product_id || product_id_decimal}` });
  if (serial_number) parts.push(serialExpression(serial_number, exception));
  return { all: parts };
}

function serialExpression(serial: string, { use_wildcard, match_method }: FalconException): Expression {
  const wild = use_wildcard || /wildcard|glob/i.test(match_method ?? '');
  if (!wild) return serialFact(serial);
  return /[?[\]{}\\]/.test(serial) ? { lost: `the pattern ${serial}` } : { fact: { device: { serial } } };
}

/** Four hexadecimal digits of an identifier given in hexadecimal, with or without `0x`, or in decimal. */
function identifier(hexadecimal: string | null | undefined, decimal: string | null | undefined): string | undefined {
  const number = hexadecimal
    ? Number.parseInt(/^(0x)?[0-9a-f]{1,4}$/i.test(hexadecimal) ? hexadecimal.replace(/^0x/i, '') : '', 16)
    : Number(decimal || Number.NaN);
  return Number.isInteger(number) && number >= 0 && number <= 0xffff ? number.toString(16).padStart(4, '0') : undefined;
}

/** `vendor_product_serial`. Whether its numbers are decimal is not always plain to see: `1234` could be either. */
function combined(text: string, knownVendor: string | undefined): Expression {
  const [, vendor = '', product = '', serial = ''] = /^([0-9a-fx]+)_([0-9a-fx]+)_(.*)$/i.exec(text) ?? [];
  const readings = [
    [identifier(vendor, undefined), identifier(product, undefined)],
    [identifier(undefined, vendor), identifier(undefined, product)],
  ].filter((reading) => !reading.includes(undefined) && (knownVendor === undefined || reading[0] === knownVendor));
  const unsure = readings.length === 1 ? [] : [{ lost: `whether the numbers of ${text} are decimal` }];
  if (readings.length === 0) return { lost: `the combined identifier ${text}` };
  // A permit needs to know which it is; a denial holds for both.
  return {
    any: readings.map(([vendorId = '', productId = '']) => ({
      all: [{ fact: { device: { vendorId, productId } } }, ...(serial === '' ? [] : [serialFact(serial)]), ...unsure],
    })),
  };
}
