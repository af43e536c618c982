import Type from 'typebox';
import type { DeviceClass } from '#shared/device/facts.ts';
import type { RightName } from '#shared/policy/decision.ts';
import { checker, oneOf } from '#shared/schema.ts';
import { type Carrier, carrier, type Imported } from './carry.ts';
import { families, family, governed } from './defender.ts';
import { type Expression, serialFact } from './expression.ts';
import { parseJson, type SourceFile } from './source.ts';
import { product, vendor } from './windows-identifiers.ts';

const Text = Type.String({ maxLength: 1000 });
interface Query {
  $type: string;
  value?: unknown;
  clauses?: Query[];
  query?: Query;
}
const Query = Type.Unsafe<Query>(
  Type.Cyclic(
    {
      Query: Type.Object({
        $type: Text,
        value: Type.Optional(Type.Unknown()),
        clauses: Type.Optional(Type.Array(Type.Ref('Query'), { maxItems: 10_000 })),
        query: Type.Optional(Type.Ref('Query')),
      }),
    },
    'Query',
  ),
);
const Identifiers = Type.Optional(Type.Array(Text, { maxItems: 1000 }));
const Entry = Type.Object({
  $type: Text,
  enforcement: Type.Object({ $type: oneOf(['allow', 'deny', 'auditAllow', 'auditDeny']) }),
  access: Type.Array(Text, { maxItems: 20 }),
});
const DefenderPolicy = Type.Object({
  groups: Type.Array(Type.Object({ id: Text, name: Type.Optional(Text), query: Query }), { maxItems: 10_000 }),
  rules: Type.Array(
    Type.Object({
      id: Text,
      name: Type.Optional(Text),
      includeGroups: Identifiers,
      excludeGroups: Identifiers,
      entries: Type.Array(Entry, { maxItems: 1000 }),
    }),
    { maxItems: 10_000 },
  ),
  settings: Type.Optional(
    Type.Object({
      features: Type.Optional(Type.Record(Text, Type.Object({ disable: Type.Optional(Type.Boolean()) }))),
      global: Type.Optional(Type.Object({ defaultEnforcement: Type.Optional(oneOf(['allow', 'deny'])) })),
    }),
  ),
});
type DefenderPolicy = Type.Static<typeof DefenderPolicy>;

/** The kinds of access each right stands for, by the type of an entry. */
const access: Record<string, Partial<Record<RightName, string[]>>> = {
  removableMedia: { read: ['read'], write: ['write'], execute: ['execute'] },
  generic: { read: ['generic_read'], write: ['generic_write'], execute: ['generic_execute'] },
  portableDevice: {
    read: ['download_files_from_device', 'download_photos_from_device'],
    write: ['send_files_to_device'],
  },
  appleDevice: {
    read: ['download_files_from_device', 'download_photos_from_device', 'backup_device'],
    write: ['sync_content_to_device', 'update_device'],
  },
};
const features: Record<string, DeviceClass[]> = {
  removableMedia: families.removable_media_devices ?? [],
  portableDevice: families.portable_devices ?? [],
};

/**
 * Microsoft Defender device control for macOS: one JSON document.
 * @throws InvalidError with file, place and reason, for a file that is not of that form
 */
export function importDefenderJson(file: SourceFile): Imported {
  const policy = checker(DefenderPolicy).parse(parseJson(file), file.name);
  const carry = carrier('Microsoft Defender device control for macOS');
  const groups = new Map(policy.groups.map((group) => [group.id.toLowerCase(), group]));
  const where = (id: string, seen: readonly string[] = []): Expression => {
    const group = groups.get(id.toLowerCase());
    if (!group) return { lost: `the group ${id}, which is not in the file` };
    if (seen.includes(group.id)) return { lost: `the group ${id}, which is part of itself` };
    return queryExpression(group.query, (inner) => where(inner, [...seen, group.id]));
  };
  for (const [index, rule] of policy.rules.entries())
    carryRule(rule, `${file.name}, /rules/${index}`, policy, where, carry);
  carryDefaults(policy, file.name, carry);
  return carry.done();
}

type GroupLookup = (id: string) => Expression;

function queryExpression({ $type, value, clauses = [], query }: Query, group: GroupLookup): Expression {
  const parts = () => clauses.map((clause) => queryExpression(clause, group));
  const text = typeof value === 'string' ? value : '';
  switch ($type) {
    case 'all':
    case 'and':
      return { all: parts() };
    case 'any':
    case 'or':
      return { any: parts() };
    case 'not':
      return { not: query ? queryExpression(query, group) : { all: parts() } };
    case 'primaryId':
      return family(text);
    case 'vendorId':
      return vendor(text);
    case 'productId':
      return product(text);
    case 'serialNumber':
      return text === '' ? { lost: 'an empty serial number' } : serialFact(text);
    case 'groupId':
      return group(text);
    case 'encryption':
      return text === 'apfs'
        ? {
            fact: { volume: { encryption: 'encrypted', method: 'filevault' } },
            atMost: { volume: { method: 'filevault' } },
          }
        : { lost: `the encryption ${text}` };
    default:
      return { lost: `the clause ${$type}` };
  }
}

type DefenderRule = DefenderPolicy['rules'][number];

function carryRule(
  rule: DefenderRule,
  place: string,
  policy: DefenderPolicy,
  group: GroupLookup,
  carry: Carrier,
): void {
  const { name = rule.id, includeGroups = [], excludeGroups = [] } = rule;
  const condition: Expression = {
    all: [
      ...includeGroups.map((id) => group(id)),
      ...(excludeGroups.length > 0 ? [{ not: { any: excludeGroups.map((id) => group(id)) } }] : []),
    ],
  };
  for (const [index, entry] of rule.entries.entries()) {
    const where = `${place}/entries/${index}`;
    const { $type: verdict } = entry.enforcement;
    // Auditing never decides; everything that is decided is recorded here.
    if (verdict === 'auditAllow' || verdict === 'auditDeny') continue;
    if (isOff(entry.$type, policy)) {
      carry.note(
        `Rule "${name}": ${verdict} for ${entry.$type}`,
        where,
        'That kind of device is switched off in the source.',
      );
      continue;
    }
    const rights = rightsOf(entry, verdict, (kinds) =>
      carry.note(
        `Rule "${name}": ${verdict} ${kinds.join(', ')}`,
        where,
        'Our rights are coarser than these kinds of access.',
      ),
    );
    if (rights.length > 0) carry.rule({ name, where, verdict, rights, scope: scopeOf(entry.$type), condition });
  }
}

/** Features are off unless the source says otherwise. Generic entries follow the others. */
function isOff(type: string, { settings }: DefenderPolicy): boolean {
  return type !== 'generic' && settings?.features?.[type]?.disable !== false;
}

function scopeOf(type: string) {
  const classes = features[type];
  if (classes) return { device: { class: classes } };
  return type === 'appleDevice' ? { device: { class: families.portable_devices ?? [], vendorId: '05ac' } } : governed;
}

/** A permit gives a right only when all of its kinds of access are permitted; a denial takes it when one is denied. */
function rightsOf(
  { $type, access: kinds }: Type.Static<typeof Entry>,
  verdict: 'allow' | 'deny',
  left: (kinds: string[]) => void,
): RightName[] {
  const meant = Object.entries(access[$type] ?? {}) as [RightName, string[]][];
  const covered = meant.filter(([, needed]) =>
    verdict === 'allow' ? needed.every((kind) => kinds.includes(kind)) : needed.some((kind) => kinds.includes(kind)),
  );
  const said = covered.flatMap(([, needed]) => needed);
  const unsaid = kinds.filter((kind) => !said.includes(kind));
  if (unsaid.length > 0) left(unsaid);
  return covered.map(([right]) => right);
}

function carryDefaults(policy: DefenderPolicy, file: string, carry: Carrier): void {
  const { defaultEnforcement = 'allow' } = policy.settings?.global ?? {};
  for (const [type, classes] of Object.entries(features)) {
    if (isOff(type, policy)) continue;
    for (const each of classes)
      carry.default(each, defaultEnforcement === 'allow' ? ['connect', 'read', 'write', 'execute'] : ['connect']);
  }
  if (!isOff('bluetoothDevice', policy))
    carry.note('Bluetooth devices', `${file}, /settings/features`, 'They are not a class of their own here.');
}
