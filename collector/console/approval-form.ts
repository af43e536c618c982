import type { DeviceFacts } from '#shared/device/facts.ts';
import type { PermissionKind } from '#shared/policy/approvers.ts';
import { type RightName, rightNames } from '#shared/policy/decision.ts';
import { cleanText } from '#shared/text.ts';
import { type Requested, requestedIn } from '../approvals/requests.ts';
import type { ApprovalRequestsTable } from '../store/tables.ts';
import { cleanNote } from './alert-form.ts';
import type { FormError } from './layout.ts';
import { fieldOf, fieldsOf } from './visit.ts';
import { startOfDay } from './words.ts';

/** A request as it is typed in; the same names as the fields of the form. */
export interface RequestForm {
  what: string;
  user: string;
  /** Host name. */
  computer: string;
  serial: string;
  vendorId: string;
  productId: string;
  rights: RightName[];
  encrypted: boolean;
  records: string;
  /** Days in the United Kingdom, both included. */
  from: string;
  to: string;
  reason: string;
}

const texts = ['what', 'user', 'computer', 'serial', 'vendorId', 'productId', 'records', 'from', 'to'] as const;

export function readRequestForm(body: unknown): RequestForm {
  const rights = fieldsOf(body, 'rights');
  const read = Object.fromEntries(texts.map((name) => [name, cleanText(fieldOf(body, name))]));
  return {
    ...(read as Pick<RequestForm, (typeof texts)[number]>),
    rights: rightNames.filter((right) => rights.includes(right)),
    encrypted: fieldOf(body, 'encrypted') === 'yes',
    reason: cleanNote(fieldOf(body, 'reason')).slice(0, 255),
  };
}

/** Which parts of the form a kind asks for. */
export const partsOf: Record<PermissionKind, ReadonlySet<keyof RequestForm>> = {
  software: new Set(['what', 'computer']),
  'media-issue': new Set(['serial', 'vendorId', 'productId', 'rights', 'encrypted', 'user', 'computer']),
  'bulk-transfer': new Set(['what', 'records', 'serial', 'vendorId', 'productId', 'user', 'computer']),
  'local-data': new Set(['what', 'records', 'computer', 'user']),
  'encryption-exception': new Set(['what', 'computer']),
};

/** What still has to be typed in or mended. Pure. */
export function requestFaults(kind: PermissionKind, form: RequestForm): FormError[] {
  const asks = partsOf[kind];
  const errors: FormError[] = [];
  const need = (field: keyof RequestForm, text: string) => {
    if (asks.has(field) && form[field] === '') errors.push({ field, text });
  };
  need('what', whatMissing[kind]);
  need('serial', 'Type in the serial number of the medium');
  if (kind === 'bulk-transfer') need('user', 'Name the account of the person who moves the data');
  if (kind === 'local-data' || kind === 'encryption-exception') need('computer', 'Name the computer');
  for (const field of ['vendorId', 'productId'] as const) {
    if (asks.has(field) && form[field] !== '' && !/^[0-9a-f]{4}$/i.test(form[field])) {
      errors.push({ field, text: 'Four digits or letters a to f, for example 0781' });
    }
  }
  if (asks.has('rights') && form.rights.length === 0)
    errors.push({ field: 'rights', text: 'Choose what is to be possible' });
  if (asks.has('records') && form.records !== '' && !/^\d{1,9}$/.test(form.records)) {
    errors.push({ field: 'records', text: 'A whole number, or nothing if it is not known' });
  }
  return [
    ...errors,
    ...windowFaults(form),
    ...(form.reason === '' ? [{ field: 'reason', text: 'Write why it is needed' }] : []),
  ];
}

const whatMissing: Record<PermissionKind, string> = {
  software: 'Name the software',
  'media-issue': '',
  'bulk-transfer': 'Say what is moved, without client details',
  'local-data': 'Say what is kept, without client details',
  'encryption-exception': 'Say which drive or medium',
};

function windowFaults({ from, to }: RequestForm): FormError[] {
  const [start, end] = [startOfDay(from), startOfDay(to, 1)];
  if (start === undefined) return [{ field: 'from', text: 'Choose the first day' }];
  if (end === undefined) return [{ field: 'to', text: 'Choose the last day' }];
  return end <= start ? [{ field: 'to', text: 'The last day is before the first' }] : [];
}

/** Of a form without faults. @param computerId of the computer it names, if any */
export function requestedOf(kind: PermissionKind, form: RequestForm, computerId: string | undefined): Requested {
  const asks = partsOf[kind];
  const given = (field: 'what' | 'user' | 'records') => asks.has(field) && form[field] !== '';
  return {
    ...(given('what') && { what: form.what }),
    ...(given('user') && { user: form.user }),
    ...(given('records') && { records: Number(form.records) }),
    ...(computerId !== undefined && { computerId }),
    ...(asks.has('serial') && { device: deviceIn(form), rights: rightsIn(kind, form) }),
    ...((kind === 'bulk-transfer' || (asks.has('encrypted') && form.encrypted)) && { encrypted: true }),
  };
}

function deviceIn({ serial, vendorId, productId }: RequestForm) {
  return {
    serial,
    ...(vendorId !== '' && { vendorId: vendorId.toLowerCase() }),
    ...(productId !== '' && { productId: productId.toLowerCase() }),
  };
}

/** Nothing can be read or written on what may not be connected. */
function rightsIn(kind: PermissionKind, { rights }: RequestForm): RightName[] {
  const wanted: readonly RightName[] = kind === 'bulk-transfer' ? ['read', 'write'] : rights;
  return rightNames.filter((right) => right === 'connect' || wanted.includes(right));
}

const day = 24 * 60 * 60 * 1000;

/** An empty form, for a week from today. */
export function emptyForm(now: number): RequestForm {
  return {
    ...{ what: '', user: '', computer: '', serial: '', vendorId: '', productId: '', records: '', reason: '' },
    rights: ['read', 'write'],
    encrypted: true,
    from: dayOf(now),
    to: dayOf(now + 6 * day),
  };
}

/** The form that would carry on a request, for as long again. */
export function renewedForm(row: ApprovalRequestsTable, hostname: string | null, now: number): RequestForm {
  const { what = '', user = '', device, rights = [], encrypted = false, records } = requestedIn(row);
  const from = Math.max(now, row.to_at);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    ...{ what, user, rights, encrypted, reason: row.reason, computer: hostname ?? '' },
    ...{ serial: text(device?.serial), vendorId: text(device?.vendorId), productId: text(device?.productId) },
    records: records === undefined ? '' : String(records),
    from: dayOf(from),
    to: dayOf(from + row.to_at - row.from_at - 1),
  };
}

/** What an alert tells of the thing somebody may ask for. */
export function alertForm(
  { person, hostname }: { person: string | null; hostname: string },
  { device, title }: { device: DeviceFacts | undefined; title: string | undefined },
  now: number,
): RequestForm {
  const own = device?.serialTrust === 'device' ? device : undefined;
  return {
    ...emptyForm(now),
    user: person ?? '',
    computer: hostname,
    what: title ?? '',
    serial: own?.serial ?? '',
    vendorId: own?.vendorId ?? '',
    productId: own?.productId ?? '',
  };
}

const dayParts = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' });

/** `2026-11-23`, the day it is in the United Kingdom. */
function dayOf(milliseconds: number): string {
  return dayParts.format(milliseconds);
}
