import fc from 'fast-check';
import { deviceClasses, encryptionStates, serialTrusts } from '#shared/device/facts.ts';
import type { When } from '#shared/policy/conditions.ts';
import { rightNames, verdicts } from '#shared/policy/decision.ts';
import type { Facts } from '#shared/policy/facts.ts';
import type { Rule } from '#shared/policy/rule.ts';
import type { Standing } from '#shared/policy/standing.ts';

/**
 * Policies, facts and standings of a small vocabulary, so that conditions often hold, often differ and often meet
 * facts that are not known.
 */
const serials = ['EX1', 'EX2', 'EX15', '0'];
const vendors = ['0781', '0951'];
const groups = ['Nursing', 'IT', 'nursing-east'];
const moments = ['2026-11-18T12:00:00.000Z', '2026-11-18T12:00:00.001Z', '2026-11-19T00:00:00.000Z'];
export const instants = fc
  .constantFrom(...moments)
  .chain((moment) => fc.integer({ min: -2, max: 2 }).map((step) => Date.parse(moment) + step));

const some = <T>(...values: T[]) => fc.constantFrom(...values);
const maybe = <T extends Record<string, fc.Arbitrary<unknown>>>(model: T) => fc.record(model, { requiredKeys: [] });
const filled = <T extends object>(arbitrary: fc.Arbitrary<T>) =>
  arbitrary.filter((value) => Object.keys(value).length > 0);
const oneOrMore = <T>(...values: T[]) => fc.oneof(some(...values), fc.uniqueArray(some(...values), { minLength: 1 }));

const deviceMatch = {
  class: oneOrMore(...deviceClasses),
  vendorId: oneOrMore(...vendors),
  serial: oneOrMore<string | { from: string; to: string }>(...serials, 'EX*', { from: 'EX10', to: 'EX19' }),
  serialTrust: oneOrMore(...serialTrusts),
  interfaces: filled(
    maybe({
      anyOf: fc.constant(['03:*:*']),
      noneOf: fc.constant(['03:01:01']),
      only: fc.constant(['08:*:*', '03:01:01']),
    }),
  ),
};
const parts = {
  device: filled(
    maybe({
      ...deviceMatch,
      register: oneOrMore('issued', 'lost', 'expired', 'unregistered'),
      in: oneOrMore('ours', 'banned'),
    }),
  ),
  volume: filled(
    maybe({
      encryption: oneOrMore('encrypted', 'plain', 'locked', 'suspended'),
      method: oneOrMore('luks2', 'accepted'),
      encryptedBy: some('us', 'other'),
      readOnly: fc.boolean(),
    }),
  ),
  user: filled(maybe({ name: oneOrMore('alex', 'a*'), groups: oneOrMore(...groups, '*') })),
  computer: filled(maybe({ id: some('pc-1'), portable: fc.boolean() })),
  network: filled(maybe({ onNetwork: fc.boolean(), vpn: fc.boolean() })),
  time: filled(maybe({ after: some('08:00'), before: some('07:00', '18:00'), days: oneOrMore('wed', 'thu') })),
};

export const whens = fc.letrec<{ when: When }>((tie) => ({
  when: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    maybe(parts) as fc.Arbitrary<When>,
    filled(
      maybe({
        ...parts,
        all: fc.array(tie('when'), { minLength: 1, maxLength: 3 }),
        any: fc.array(tie('when'), { minLength: 1, maxLength: 3 }),
        not: tie('when'),
      }),
    ) as fc.Arbitrary<When>,
  ),
})).when;

const saidRights = filled(
  maybe(
    Object.fromEntries(['all', ...rightNames].map((right) => [right, some(...verdicts)])) as Record<
      string,
      fc.Arbitrary<'allow' | 'deny'>
    >,
  ),
);

export const rules: fc.Arbitrary<Rule[]> = fc
  .array(
    fc.record(
      {
        when: whens,
        rights: saidRights,
        mode: some('report' as const),
        expires: some(...moments),
        onUnknown: some('match' as const),
      },
      { requiredKeys: ['when', 'rights'] },
    ),
    { maxLength: 8 },
  )
  .map((made) => made.map((rule, index) => ({ ...rule, id: `rule-${index}` })) as Rule[]);

export const lists = fc.record({
  ours: maybe({ devices: fc.array(filled(maybe(deviceMatch)), { maxLength: 3 }), register: some('issued') }).map(
    (list) => ({ title: 'Ours', ...list }),
  ),
  banned: fc.record({ devices: fc.array(filled(maybe(deviceMatch)), { maxLength: 3 }) }),
});

export const facts = fc.record(
  {
    device: fc.record(
      {
        class: some(...deviceClasses),
        bus: some('usb', 'scsi', 'unknown'),
        serialTrust: some(...serialTrusts),
        interfaces: fc.uniqueArray(some('08:06:50', '03:01:01'), { maxLength: 2 }),
        vendorId: some(...vendors),
        serial: some(...serials),
        port: some('1-1'),
      },
      { requiredKeys: ['class', 'bus', 'serialTrust', 'interfaces'] },
    ),
    volume: fc.record(
      {
        name: some('sdb1'),
        encryption: some(...encryptionStates),
        method: some('luks2', 'veracrypt'),
        encryptedBy: some('us', 'other'),
        readOnly: fc.boolean(),
      },
      { requiredKeys: ['name', 'encryption'] },
    ),
    user: maybe({ name: some('alex', 'kim'), groups: fc.uniqueArray(some(...groups)) }),
    computer: maybe({ id: some('pc-1', 'pc-2'), portable: fc.boolean() }),
    network: maybe({ onNetwork: fc.boolean(), vpn: fc.boolean() }),
  },
  { requiredKeys: ['device'] },
) as fc.Arbitrary<Facts>;

export const standings: fc.Arbitrary<Standing | null> = fc.option(
  fc.record(
    {
      register: fc.array(
        fc.record(
          {
            id: some('R'),
            vendorId: some(...vendors),
            serial: some(...serials),
            state: some('issued', 'lost', 'returned', 'retired'),
            encryptedBy: some('us', 'other'),
            approver: some('H'),
            expires: some(...moments),
          },
          { requiredKeys: ['id', 'serial', 'state', 'approver'] },
        ),
        { maxLength: 4 },
      ),
      approvals: fc.array(
        fc.record(
          {
            id: some('A1', 'A2'),
            kind: some('media', 'transfer', 'local-data', 'software', 'encryption'),
            computerId: some('pc-1'),
            user: some('alex'),
            device: filled(maybe(deviceMatch)),
            rights: fc.uniqueArray(some(...rightNames), { minLength: 1 }),
            encrypted: fc.boolean(),
            from: some(...moments),
            to: some(...moments),
            approver: some('H'),
            reference: some('T'),
          },
          { requiredKeys: ['id', 'kind', 'from', 'to', 'approver', 'reference'] },
        ),
        { maxLength: 3 },
      ),
      codes: fc.array(
        fc.record({
          id: some('C1'),
          device: filled(maybe(deviceMatch)),
          rights: fc.uniqueArray(some(...rightNames), { minLength: 1 }),
          until: some(...moments),
        }),
        { maxLength: 2 },
      ),
      breakGlass: fc.record({ until: some(...moments), by: some('H') }),
    },
    { requiredKeys: ['approvals', 'codes'] },
  ),
) as fc.Arbitrary<Standing | null>;
