import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidError } from '#shared/errors.ts';
import { adopt } from '#shared/policy/adopt.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Imported } from '../../../../collector/policies/import/carry.ts';
import { type Expression, render } from '../../../../collector/policies/import/expression.ts';
import { importPolicy } from '../../../../collector/policies/import/import.ts';
import { parseUsbguard } from '../../../../collector/policies/import/usbguard-parse.ts';
import { caseOf, letters, noon, profileText, standingOf } from '../../../shared/policy/cases.ts';

const fixture = (name: string) => ({
  name,
  text: readFileSync(new URL(`../../../fixtures/policies/${name}`, import.meta.url), 'utf8'),
});

/** What the imported rules alone decide, on top of defaults that deny all but connecting to storage. */
function rights(imported: Imported, line: string): string {
  const base = profileText('focus').replace('mode: report', 'mode: enforce');
  const policy = loadPolicy(adopt(base, imported.fragment));
  const { facts, now } = caseOf(line);
  return letters(decide({ policy, version: 1 }, facts, standingOf('{}'), now).rights);
}
const whats = ({ notCarriedOver }: Imported) => notCarriedOver.map(({ what }) => what);

describe('Microsoft Defender device control for Windows', () => {
  const imported = importPolicy([fixture('defender-rules.xml'), fixture('defender-groups.xml')]);

  it.each([
    ['stick serial=EXAMPLE0001', 'crw-'],
    ['stick vid=1d6b pid=0104 serial=EXAMPLE0002', 'crw-'],
    ['stick vid=1d6b pid=0104 serial=EXAMPLE0003', 'c---'],
    ['stick vid=1d6b pid=0105', 'crw-'],
    ['stick serial=EXAMPLE0001 trust=generated', 'c---'],
    ['stick enc=encrypted method=bitlocker net=true serial=S1', 'cr--'],
    ['stick enc=encrypted method=bitlocker net=false serial=S1', 'c---'],
    ['stick enc=encrypted method=luks2 net=true serial=S1', 'c---'],
    ['disc', 'c---'],
    ['phone', 'c---'],
    ['printer', 'crwx'],
    ['keyboard', 'crwx'],
  ])('%s → %s', (line, expected) => {
    expect(rights(imported, line)).toBe(expected);
  });

  it.each([
    [
      'the port Windows wrote where no serial number is',
      'InstancePathId',
      'USB\\VID_1D6B&amp;PID_0104\\6&amp;DF2EE03&amp;0&amp;6',
    ],
    ['a name we have no word for', 'FriendlyNameId', 'Example*'],
    ['the names of a SCSI disk', 'InstancePathId', 'USBSTOR\\DISK&amp;VEN_EX&amp;PROD_EX\\EXAMPLE0001&amp;0'],
    ['a serial number with a star', 'SerialNumberId', 'EX*'],
    ['half an identifier', 'VID_PID', '1D6B'],
  ])('carries no permit over that rests on %s', (_name, descriptor, value) => {
    const groups = fixture('defender-groups.xml');
    const lost = `<MatchType>MatchAll</MatchType><DescriptorIdList><${descriptor}>${value}</${descriptor}></DescriptorIdList>`;
    const text = groups.text.replace(
      /(<Name>Approved sticks<\/Name>)[\s\S]*?<\/DescriptorIdList>/,
      (_all, name: string) => `${name}${lost}`,
    );
    const { fragment } = importPolicy([fixture('defender-rules.xml'), { ...groups, text }]);
    expect(fragment.rules?.some(({ name }) => name?.startsWith('Approved'))).toBe(false);
  });

  it('makes a list of a group of devices', () => {
    expect(imported.fragment.lists?.['approved-sticks']?.devices).toEqual([
      { serial: 'EXAMPLE0001' },
      { vendorId: '1d6b', productId: '0104', serial: 'EXAMPLE0002' },
      { vendorId: '1d6b', productId: '0105' },
    ]);
  });

  it('leaves out permits for one person and for some files, and says so', () => {
    expect(imported.notCarriedOver.map(({ what, where }) => `${what} (${where})`)).toEqual([
      'Rule "Encrypted, for one team, on our network": allow read (defender-rules.xml, line 24)',
      'Rule "Encrypted, for one team, on our network": allow write (defender-rules.xml, line 41)',
      'What holds where no rule matches (defender-rules.xml, defender-groups.xml)',
    ]);
    expect(imported.notCarriedOver[0]?.why).toContain('S-1-5-21-1-2-3-1234');
  });

  it('keeps evidence of file names', () => {
    expect(imported.fragment.rules?.find(({ name }) => name?.startsWith('Approved'))?.evidence).toBe('names');
  });

  it('keeps a denial whose condition is lost in part, wider than it was', () => {
    const rules = fixture('defender-rules.xml');
    const text = rules.text.replace(
      '<GroupId>{11111111-0000-4000-8000-000000000003}</GroupId>\n    </ExcludedIdList>',
      '<GroupId>{99999999-0000-4000-8000-000000000009}</GroupId>\n    </ExcludedIdList>',
    );
    const wider = importPolicy([{ ...rules, text }, fixture('defender-groups.xml')]);
    expect(whats(wider)).toContain('Rule "Deny the rest": deny read, write, execute, in part');
    expect(rights(wider, 'disc')).toBe('c---');
  });

  it('drops permits whose groups were not handed over, and names them', () => {
    const alone = importPolicy([fixture('defender-rules.xml')]);
    expect(alone.fragment.rules).toEqual([]);
    expect(whats(alone)).toContain('Rule "Approved sticks, read and write": allow read, write');
  });

  it.each([
    ['a bare &', '<Groups>\n<Group Id="{1}"><Name>A & B</Name></Group></Groups>', /f\.xml, line 2.*"&amp;"/],
    ['an element that is not closed', '<Groups>\n<Group Id="{1}">\n', /f\.xml, line 3.*unclosed tag/],
    ['another document', '<html/>', /f\.xml, line 1: <html> begins neither/],
    ['a group without Id', '<Groups>\n\n<Group/></Groups>', /f\.xml, line 3: <Group> has no Id/],
    ['a match type nobody knows', '<Group Id="{1}"><MatchType>MatchSome</MatchType></Group>', /MatchSome/],
    ['a rule without entries', '<PolicyRule Id="{1}"><Name>R</Name></PolicyRule>', /rule "R" has no Entry/],
    [
      'an entry of no known type',
      '<PolicyRule Id="{1}"><Entry><Type>Maybe</Type><AccessMask>1</AccessMask></Entry></PolicyRule>',
      /Type Maybe/,
    ],
    [
      'a mask that is no number',
      '<PolicyRule Id="{1}"><Entry><Type>Deny</Type><AccessMask>x</AccessMask></Entry></PolicyRule>',
      /AccessMask is not a number/,
    ],
    [
      'an entity that could unfold without end',
      '<!DOCTYPE a [<!ENTITY b "cc">]><Groups>&b;</Groups>',
      /f\.xml, line 1/,
    ],
  ])('refuses %s with file, line and reason', (_name, text, says) => {
    const load = () => importPolicy([{ name: 'f.xml', text }], 'defender-xml');
    expect(load).toThrow(InvalidError);
    expect(load).toThrow(says);
  });

  it('takes a file that begins with a byte-order mark', () => {
    const groups = fixture('defender-groups.xml');
    expect(() => importPolicy([{ ...groups, text: `\uFEFF${groups.text}` }])).not.toThrow();
  });
});

describe('Microsoft Defender device control for macOS', () => {
  const imported = importPolicy([fixture('defender-macos.json')]);

  it.each([
    ['stick vid=1d6b serial=OURS0001', 'crw-'],
    ['stick vid=1d6b serial=LOST0001', 'c---'],
    ['stick vid=1d6b', 'c---'],
    ['stick vid=0781 serial=OURS0001', 'c---'],
    ['phone', 'c---'],
    ['disc', 'cr--'],
  ])('%s → %s', (line, expected) => {
    expect(rights(imported, line)).toBe(expected);
  });

  it('does not take "photos" for "everything that can be read"', () => {
    expect(whats(imported)).toContain('Rule "Photos from phones": allow download_photos_from_device');
  });

  it('carries the default enforcement over for the classes it governs', () => {
    expect(Object.keys(imported.fragment.devices?.defaults ?? {})).toEqual([
      'usb-storage',
      'external-disk',
      'memory-card',
      'phone',
      'camera',
    ]);
  });

  it('leaves out what is switched off in the source', () => {
    const file = fixture('defender-macos.json');
    const off = importPolicy([
      { ...file, text: file.text.replace('"removableMedia": { "disable": false }', '"removableMedia": {}') },
    ]);
    expect(off.fragment.rules?.length).toBe(1);
    expect(whats(off)).toContain('Rule "Ours may be read and written": allow for removableMedia');
  });

  it('stands a group that is part of itself', () => {
    const query = { $type: 'all', clauses: [{ $type: 'groupId', value: 'a' }] };
    const rules = [
      {
        id: 'r',
        includeGroups: ['a'],
        entries: [{ $type: 'removableMedia', enforcement: { $type: 'allow' }, access: ['read'] }],
      },
    ];
    const settings = { features: { removableMedia: { disable: false } } };
    const text = JSON.stringify({ groups: [{ id: 'a', query }], rules, settings });
    expect(importPolicy([{ name: 'loop.json', text }]).fragment.rules).toEqual([]);
  });

  it.each([
    ['no JSON', '{"groups": [\n}', /f\.json, line 2, column 1: this is not valid JSON/],
    ['another form', '{"groups": [{}], "rules": []}', /f\.json does not fit: at \/groups\/0/],
  ])('refuses %s', (_name, text, says) => {
    expect(() => importPolicy([{ name: 'f.json', text }], 'defender-json')).toThrow(says);
  });
});

describe('USBGuard', () => {
  const imported = importPolicy([fixture('usbguard-rules.conf')]);

  it.each([
    ['stick vid=1d6b pid=0104 serial=EXAMPLE0001 port=1-2', 'crwx'],
    ['stick vid=1d6b pid=0104 serial=EXAMPLE0001 port=1-3', '----'],
    ['stick vid=1d6b pid=0106 at=2026-11-18T12:00:00Z', 'crwx'],
    ['stick vid=1d6b pid=0106 at=2026-11-18T19:00:00Z', '----'],
    ['rubberducky vid=1d6b pid=0104 serial=EXAMPLE0001 port=1-2', '----'],
    ['stick vid=4444', '----'],
    ['disk', 'c---'],
    ['keyboard', 'crwx'],
    ['headset', '----'],
  ])('%s → %s', (line, expected) => {
    expect(rights(imported, line)).toBe(expected);
  });

  it('names rules after their label, and what it left out', () => {
    expect(imported.fragment.rules?.map(({ id }) => id)).toContain('stick-of-ward-3');
    expect(imported.notCarriedOver.map(({ what, where }) => `${what} (${where})`)).toEqual([
      'Rule "allow in line 2": allow connect, read, write, execute (usbguard-rules.conf, line 2)',
      'Rule "allow in line 5": allow connect, read, write, execute (usbguard-rules.conf, line 5)',
      'Rule "reject in line 7": removing the device from the system (usbguard-rules.conf, line 7)',
      'What holds where no rule matches (usbguard-rules.conf)',
    ]);
  });

  it.each([
    'allow',
    'block # all',
    'allow id 1d6b:*',
    'allow id *:*',
    'allow name "a \\"b\\" \\x41"',
    'allow with-interface { 08:06:50 08:06:50 }',
    'allow if !true',
    'allow if one-of { true !false random(0.5) }',
    'allow serial none-of { "a" "b" }',
    'reject if rule-applied(01:00)',
  ])('reads %s', (line) => {
    expect(parseUsbguard('f', line)).toHaveLength(1);
  });

  it.each([
    ['alloww', 'a rule begins with'],
    ['allow allow', 'no attribute'],
    ['allow id 1234:123', 'not of its form'],
    ['allow id *:1234', 'not of its form'],
    ['allow name', 'a value is missing'],
    ['allow name "a', 'cannot be read'],
    ['allow name one-of { "a"', 'closing brace'],
    ['allow with-interface 12:*:34', 'not of its form'],
    ['allow with-interface "12:21:32"', 'not of its form'],
    ['allow id 1234:1234 id 1234:1234', 'stands twice'],
    ['allow if maybe', 'no condition'],
    ['allow name "\\q"', 'no escape'],
  ])('refuses %s with file, line and reason', (line, says) => {
    expect(() => importPolicy([{ name: 'rules.conf', text: `# one\n${line}` }], 'usbguard')).toThrow(InvalidError);
    expect(() => importPolicy([{ name: 'rules.conf', text: `# one\n${line}` }], 'usbguard')).toThrow(
      new RegExp(`rules\\.conf, line 2: .*${says}`),
    );
  });
});

describe('CrowdStrike Falcon', () => {
  const imported = importPolicy([fixture('crowdstrike.json')]);

  it.each([
    ['stick vid=1d6b pid=0104 serial=LOST0001', '----'],
    ['stick vid=1d6b pid=0104 serial=EX77', 'crwx'],
    ['stick vid=1d6b pid=0104 serial=EX77 at=2027-02-01T00:00:00Z', 'crwx'],
    ['stick vid=1d6b pid=9999', 'crwx'],
    ['stick vid=1234 pid=5678 serial=X', 'cr--'],
    ['stick vid=1234 pid=5678 serial=BAD0001', '----'],
    ['stick vid=04d2 pid=162e serial=BAD0001', '----'],
    ['stick vid=0781', 'cr--'],
    ['phone', '----'],
    ['headset', 'crwx'],
  ])('%s → %s', (line, expected) => {
    expect(rights(imported, line)).toBe(expected);
  });

  it('honours the expiry of an exception', () => {
    expect(imported.fragment.rules?.find(({ name }) => name === 'For a time')?.expires).toBe('2026-12-31T00:00:00Z');
  });

  it('names what it left out', () => {
    expect(whats(imported)).toEqual([
      'Rule "Ambiguous and blocked": deny connect, read, write, execute, in part',
      'Rule "Ambiguous": allow connect, read, write, execute',
      'Rule "Pattern": allow connect, read, write, execute',
      'Class WIRELESS: BLOCK_ALL',
    ]);
  });

  it('carries a policy that only watches over as report-only rules, and one that is off not at all', () => {
    const file = fixture('crowdstrike.json');
    const watching = importPolicy([{ ...file, text: file.text.replace('MONITOR_ENFORCE', 'MONITOR_ONLY') }]);
    expect(watching.fragment.rules?.every(({ mode }) => mode === 'report')).toBe(true);
    expect(watching.fragment.devices).toBeUndefined();
    expect(importPolicy([{ ...file, text: file.text.replace('MONITOR_ENFORCE', 'OFF') }]).fragment.rules).toEqual([]);
  });

  it.each([
    ['two policies', '{"resources": [{}, {}]}', /holds 2 policies/],
    ['an action nobody knows', '{"classes": [{"id": "MASS_STORAGE", "action": "BLOCK_SOME"}]}', /\/classes\/0\/action/],
  ])('refuses %s', (_name, text, says) => {
    expect(() => importPolicy([{ name: 'f.json', text }], 'crowdstrike')).toThrow(says);
  });
});

describe('what cannot be said', () => {
  const atoms = ['0001', '0002', '0003'];
  const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Expression>(...atoms.map((vendorId) => ({ fact: { device: { vendorId } } }))),
      fc.constantFrom<Expression>({ lost: '0' }, { lost: '1' }),
      fc.record({ all: fc.array(tie('expression'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('expression'), { maxLength: 3 }) }),
      fc.record({ not: tie('expression') }),
    ),
  })).expression;

  /** The foreign condition, once it is known whether what was lost held. */
  function holds(expression: Expression, vendor: string, lost: readonly boolean[]): boolean {
    if ('lost' in expression) return lost[Number(expression.lost)] === true;
    if ('not' in expression) return !holds(expression.not, vendor, lost);
    if ('all' in expression) return expression.all.every((part) => holds(part, vendor, lost));
    if ('any' in expression) return expression.any.some((part) => holds(part, vendor, lost));
    return 'fact' in expression && expression.fact.device?.vendorId === vendor;
  }

  function rendered(expression: Expression, bound: 'surely' | 'perhaps', vendor: string): boolean {
    const when = render(expression, bound, new Map());
    if (typeof when === 'boolean') return when;
    const policy = loadPolicy(
      adopt(profileText('focus').replace('mode: report', 'mode: enforce'), {
        rules: [{ id: 'it', when, rights: { write: 'allow' } }],
      }),
    );
    const { facts } = caseOf(`stick vid=${vendor}`);
    return decide({ policy, version: 1 }, facts, null, noon).decidedBy?.write === 'it';
  }

  it('never makes a permit wider nor a denial narrower than it was', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        expressions,
        fc.constantFrom(...atoms),
        fc.tuple(fc.boolean(), fc.boolean()),
        (expression, vendor, lost) => {
          const truth = holds(expression, vendor, lost);
          if (rendered(expression, 'surely', vendor)) expect(truth).toBe(true);
          if (truth) expect(rendered(expression, 'perhaps', vendor)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
