import { describe, expect, it } from 'vitest';
import { InvalidError } from '#shared/errors.ts';
import { loadFragment, loadPolicy, openPolicy } from '#shared/policy/load.ts';
import { londonOffset } from '#shared/policy/london.ts';
import { profileText } from './cases.ts';

const focus = profileText('focus');
/** The focus profile with this text as its only rule, which then begins in column 5 of line 3 counted from `rules:`. */
const bare = focus
  .replace(/^rules:\n[\s\S]*?(?=^encryption:)/m, '')
  .replace(/^ {2}- id: [\s\S]*?(?=^ {2}- id: media-phone)/m, '');
const top = bare.split('\n').length;
const withRule = (rule: string) => `${bare}\nrules:\n  - id: it\n    ${rule}\n    rights: { read: allow }\n`;
const rest = 'when: {}\n    rights: { read: allow }';

describe('a faulty policy is refused with the place and what to mend', () => {
  it.each([
    ['broken YAML', `${focus}\n  - [`, /not valid YAML.*line \d+/],
    [
      'a misspelt member',
      focus.replace('fileNames:', 'fileNmaes:'),
      /at \/documents\/fileNmaes: there is no "fileNmaes" here; did you mean "fileNames"\?/,
    ],
    ['a clause that is not listed', focus.replace('clause: focus 4.3', 'clause: focus 9.9'), /"focus 9\.9".*Add it/],
    ['a key that stands twice', `${focus}mode: enforce\n`, /unique at line \d+/i],
    [
      'an alert on an unknown kind',
      focus.replace('on: media.mounted', 'on: media.mountd'),
      /\/alerts\/\d+\/on.*did you mean "media\.mounted"/,
    ],
    ['a class without a default', focus.replace(/ {4}floppy: .*\n/, ''), /"floppy" is missing/],
    [
      'an alias that could unfold without end',
      focus.replace('excludedFolders: []', 'excludedFolders: [&a x, *a]'),
      /line \d+, column \d+: aliases are not taken/,
    ],
    ['no text', '', /at the top/],
    ['something else', '- a\n- b\n', /line 1, column 1, at the top/],
    [
      'a default that denies keyboards',
      focus.replace('hid: { rights: { connect: allow', 'hid: { rights: { connect: deny'),
      /would deny every keyboard/,
    ],
  ])('%s', (_name, text, says) => {
    expect(() => loadPolicy(text)).toThrow(InvalidError);
    expect(() => loadPolicy(text)).toThrow(says);
  });

  it.each([
    ['a misspelt fact', 'when: { device: { vendorID: "0781" } }', 3, 23, 'did you mean "vendorId"?'],
    ['a fact of another part', 'when: { device: { encryption: plain } }', 3, 23, 'it belongs under "volume"'],
    ['a misspelt part', 'when: { devise: { class: phone } }', 3, 13, 'did you mean "device"?'],
    ['a misspelt class', 'when: { device: { class: [usb-storag] } }', 3, 31, 'did you mean "usb-storage"?'],
    ['a number that should be text', 'when: { all: [{ device: { vendorId: 0781 } }] }', 3, 41, 'put it in quotes'],
    ['an identifier of three digits', 'when: { device: { vendorId: "781" } }', 3, 33, 'Four hexadecimal digits'],
    ['an empty part', 'when: { device: {} }', 3, 21, 'it is empty'],
    ['a list that is not there', 'when: { device: { in: ours } }', 3, 27, 'there is no list "ours"'],
    [
      'a serial range of two lengths',
      'when: { device: { serial: { from: A9, to: A10 } } }',
      3,
      31,
      'ends of one length',
    ],
    [
      'a serial range that differs in letters',
      'when: { device: { serial: { from: AXX, to: AZZ } } }',
      3,
      31,
      'last digits only',
    ],
    ['a serial range the wrong way round', 'when: { device: { serial: { from: A2, to: A1 } } }', 3, 31, 'in order'],
    [
      'a size range the wrong way round',
      'when: { volume: { sizeBytes: { from: 2, to: 1 } } }',
      3,
      34,
      'no size lies between',
    ],
    ['a time of day that is none', 'when: { time: { after: "24:00" } }', 3, 28, 'Later than `before`'],
    ['hours of no length', 'when: { time: { after: "08:00", before: "08:00" } }', 3, 45, 'no time lies between'],
    [
      'a span that ends before it begins',
      'when: { time: { from: 2026-02-01, to: 2026-01-01 } }',
      3,
      43,
      'ends before it begins',
    ],
    ['a day that is none, in a span', 'when: { time: { from: 2026-02-30 } }', 3, 27, 'no such date'],
    [
      'encryption that cannot be told',
      'when: { volume: { encryption: unknown } }',
      3,
      35,
      'it must be one of encrypted, plain',
    ],
    ['a rule that means keyboards', 'when: { device: { class: hid } }\n    onUnknown: match', 2, 5, ''],
  ])('%s', (name, rule, line, column, says) => {
    const text = withRule(rule);
    const load = () =>
      loadPolicy(
        name === 'a rule that means keyboards'
          ? text.replace('read: allow }\n', 'all: deny }\n').replace(/read: allow }\n$/, 'all: deny }\n')
          : text,
      );
    expect(load).toThrow(InvalidError);
    expect(load).toThrow(new RegExp(`line ${top + line}, column ${column}, at /rules/0`));
    expect(load).toThrow(says);
  });

  it.each([
    ['a misspelt right', `${rest.replace('read:', 'reed:')}`, 'did you mean "read"?'],
    ['a misspelt verdict', `${rest.replace('allow', 'alow')}`, 'did you mean "allow"?'],
    ['no rights', 'when: {}', '"rights" is missing'],
    ['no condition', 'rights: { read: allow }', '"when" is missing'],
    ['a mode of its own', `mode: enforce\n    ${rest}`, 'one of report'],
    ['an expiry without zone', `expires: "2026-01-01T10:00"\n    ${rest}`, 'Last day on which the rule holds'],
    ['an expiry on no day', `expires: 2026-02-31\n    ${rest}`, 'no such date or time'],
    ['a clause that is not listed', `clause: focus 9.9\n    ${rest}`, '"focus 9.9"'],
  ])('a rule with %s', (_name, body, says) => {
    expect(() => loadPolicy(`${bare}\nrules:\n  - id: it\n    ${body}\n`)).toThrow(says);
  });

  it.each([['default-phone'], ['safety-floor'], ['failed']])('a rule called %s', (id) => {
    expect(() =>
      loadPolicy(
        withRule(rest)
          .replace('id: it', `id: ${id}`)
          .replace(/\n {4}rights: .*\n$/, '\n'),
      ),
    ).toThrow(/take another/);
  });

  it('two rules of one name', () => {
    expect(() =>
      loadFragment(
        `rules:\n  - { id: a, when: {}, rights: { read: allow } }\n  - { id: a, when: {}, rights: { read: allow } }\n`,
      ),
    ).toThrow('line 3, column 11, at /rules/1/id: another rule is already called "a"');
  });

  it.each([40, 70, 1000, 20_000])('conditions nested %i deep, without falling over', (depth) => {
    const text = withRule(`when: ${'{ not: '.repeat(depth)}{}${' }'.repeat(depth)}`);
    const load = () => loadPolicy(text);
    if (depth === 40) expect(load).not.toThrow();
    else expect(load).toThrow(InvalidError);
  });
});

describe('a large policy', () => {
  it('of 10,000 rules loads', () => {
    const rule = (index: number) =>
      `  - { id: rule-${index}, when: { device: { class: usb-storage, serial: "EX${index}" } }, rights: { read: allow }, clause: focus 4.6 }\n`;
    const start = performance.now();
    const { policy, lineOf } = openPolicy(
      `${bare}\nrules:\n${Array.from({ length: 10_000 }, (_, index) => rule(index)).join('')}`,
    );
    expect(policy.rules?.length).toBe(10_000);
    expect(lineOf(['rules', 9_999])).toBe(top + 10_001);
    // One to two seconds alone; the bound only catches what grows faster than the text.
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('the clock of London', () => {
  it('agrees with the tables of the system, from 1996 to 2037, around every change', () => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', timeZoneName: 'longOffset' });
    const offset = (instant: number) => {
      const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value;
      return name === 'GMT+01:00' ? 3_600_000 : 0;
    };
    for (let year = 1996; year <= 2037; year++) {
      for (let day = 0; day < 366; day++) {
        for (const step of [-1, 0, 1]) {
          const instant = Date.UTC(year, 0, 1 + day, 1) + step;
          if (londonOffset(instant) !== offset(instant)) expect.fail(new Date(instant).toISOString());
        }
      }
    }
  });
});
