import type { RightName } from '#shared/policy/decision.ts';
import type { Rule } from '#shared/policy/rule.ts';
import { type Carrier, carrier, type Imported } from './carry.ts';
import { governed, groupOf } from './defender.ts';
import { groupExpression, idOf, type Located, wrong } from './defender-groups.ts';
import { type Expression, everywhere } from './expression.ts';
import type { SourceFile } from './source.ts';
import { childrenNamed, childText, type Element, parseXml } from './xml.ts';

/**
 * Microsoft Defender device control for Windows: groups and rules as XML, in one file or spread over several.
 * @throws InvalidError with file, line and reason, for a file that is not of that form
 */
export function importDefenderXml(files: readonly SourceFile[]): Imported {
  const documents = files.map(({ name, text }) => ({ file: name, element: parseXml(name, text) }));
  const all = documents.flatMap(({ file, element }) =>
    unwrap(element, file).map((inner) => ({ file, element: inner })),
  );
  const carry = carrier('Microsoft Defender device control');
  const groups = new Map(
    all.filter(({ element }) => element.name === 'Group').map((group) => [idOf(group), groupExpression(group)]),
  );
  for (const rule of all) if (rule.element.name === 'PolicyRule') carryRule(rule, groups, carry);
  carry.note(
    'What holds where no rule matches',
    files.map(({ name }) => name).join(', '),
    'It is a setting of its own on Windows and not in these files. The class defaults of the profile hold.',
  );
  return carry.done();
}

function unwrap(element: Element, file: string): Element[] {
  if (element.name === 'Group' || element.name === 'PolicyRule') return [element];
  if (element.name === 'Groups' || element.name === 'PolicyRules') {
    for (const child of element.children) {
      if (child.name !== element.name.slice(0, -1))
        throw wrong(file, child, `<${child.name}> has no place in <${element.name}>`);
    }
    return element.children;
  }
  throw wrong(file, element, `<${element.name}> begins neither groups nor rules of Defender device control`);
}

function carryRule(rule: Located, groups: ReadonlyMap<string, Expression>, carry: Carrier): void {
  const { file, element } = rule;
  const name = childText(element, 'Name') || idOf(rule);
  const members = (list: string) =>
    childrenNamed(element, list).flatMap((each) =>
      childrenNamed(each, 'GroupId').map(({ text }) => groupOf(text, groups)),
    );
  const excluded = members('ExcludedIdList');
  const devices: Expression[] = [
    ...members('IncludedIdList'),
    ...(excluded.length > 0 ? [{ not: { any: excluded } }] : []),
  ];
  const entries = childrenNamed(element, 'Entry');
  if (entries.length === 0) throw wrong(file, element, `rule "${name}" has no Entry`);
  for (const entry of entries) {
    const conditions = [
      ...devices,
      ...people(entry),
      ...childrenNamed(entry, 'Parameters').map((each) => parameters(each, groups)),
    ];
    carryEntry({ file, element: entry }, name, { all: conditions }, carry);
  }
}

/** Everybody; any other security identifier is not a name we could compare. */
const everyone = 'S-1-1-0';

function people(entry: Element): Expression[] {
  const sid = childText(entry, 'Sid') ?? '';
  const computer = childText(entry, 'ComputerSid') ?? '';
  return [
    sid === '' || sid === everyone ? everywhere : { lost: `the person or group ${sid}` },
    computer === '' ? everywhere : { lost: `the computer ${computer}` },
  ];
}

function parameters(element: Element, groups: ReadonlyMap<string, Expression>): Expression {
  const parts = element.children.map((kind): Expression => {
    if (kind.name === 'File' || kind.name === 'PrintJob') return { lost: `a condition on ${kind.name}` };
    return combined(
      kind,
      childrenNamed(kind, 'GroupId').map(({ text }) => groupOf(text, groups)),
    );
  });
  return combined(element, parts);
}

function combined({ attributes }: Element, parts: Expression[]): Expression {
  const { MatchType: match = 'MatchAll' } = attributes;
  const inner: Expression = match.endsWith('All') ? { all: parts } : { any: parts };
  return match.startsWith('MatchExclude') ? { not: inner } : inner;
}

/** Rights on the device and, eight times as much, on its files. Ours do not tell the two apart. */
const deviceBits: [number, RightName][] = [
  [1, 'read'],
  [2, 'write'],
  [4, 'execute'],
  [64, 'write'],
];
const fileBits: [number, RightName][] = [
  [8, 'read'],
  [16, 'write'],
  [32, 'execute'],
];

function carryEntry({ file, element }: Located, name: string, condition: Expression, carry: Carrier): void {
  const where = `${file}, line ${element.line}`;
  const type = childText(element, 'Type');
  const mask = numberOf(element, 'AccessMask', file);
  const options = numberOf(element, 'Options', file);
  const named = (bits: [number, RightName][]) => bits.filter(([bit]) => (mask & bit) !== 0).map(([, right]) => right);
  // Auditing never decides; everything that is decided is recorded here.
  if (type === 'AuditAllowed' || type === 'AuditDenied') return;
  if (type !== 'Allow' && type !== 'Deny') throw wrong(file, element, `Type ${type ?? ''} is not known`);
  const onDevice = named(deviceBits);
  const onFiles = named(fileBits).filter((right) => !onDevice.includes(right));
  const rights = type === 'Allow' ? onDevice : [...new Set([...onDevice, ...onFiles])];
  if (type === 'Allow' && onFiles.length > 0) {
    carry.note(
      `Rule "${name}": allow ${onFiles.join(', ')} of files`,
      where,
      'It permits files and not the device; the two are not told apart here.',
    );
  }
  if (rights.length === 0) return;
  const verdict = type === 'Allow' ? 'allow' : 'deny';
  carry.rule({
    name,
    where,
    verdict,
    rights: [...new Set(rights)],
    scope: governed,
    condition,
    ...evidenceOf(type, options),
  });
  if (type === 'Allow' && options === 8)
    carry.note(
      `Rule "${name}": a copy of each file as evidence`,
      where,
      'Files are never copied here; their names are recorded.',
    );
}

function evidenceOf(type: string, options: number): { evidence?: Rule['evidence'] } {
  return type === 'Allow' && (options === 8 || options === 16) ? { evidence: 'names' } : {};
}

function numberOf(element: Element, name: string, file: string): number {
  const text = childText(element, name) ?? '0';
  if (!/^\d{1,6}$/.test(text)) throw wrong(file, element, `${name} is not a number`);
  return Number(text);
}
