import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../collector/accounts/accounts.ts';
import { verifyAudit } from '../../../collector/accounts/audit-chain.ts';
import { inScope } from '../../../collector/accounts/roles.ts';
import { scopeOf } from '../../../collector/accounts/scope.ts';
import { readCsv } from '../../../collector/register/csv.ts';
import { osNameMatches } from '../../../collector/register/os-names.ts';
import { leadersOf, listPeople, personById, personByOsName } from '../../../collector/register/people.ts';
import { peopleCsv } from '../../../collector/register/people-export.ts';
import { importPeople, peopleColumns, planPeople } from '../../../collector/register/people-import.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { testStore } from '../../fakes/test-store.ts';

const organisation = 'Example Care';
const everything = { organisations: 'all', teams: 'all' } as const;
const by = { accountId: null, now: Date.parse('2026-11-23T08:30:00Z') };
const file = (text: string, more = {}) => ({ organisation, text, complete: false, today: '2026-11-23', ...more });
const load = (store: Store, text: string, more = {}) => importPeople(store, file(text, more), by);

const staff = `reference,name,email,team,accounts,supervises,deputises,starts,leaves
E1,Pat Example,pat@example.test,Reception,FOCUS\\pat;pat.example@example.test,,,2024-01-01,
E2,Sam Sample,,Reception,sam,Reception,,,
E3,Kim Invented,,Finance,kim,Finance,Reception,,
`;

describe('an import of people', () => {
  it('shows what it would change, changes nothing, then changes exactly that', async () => {
    await using made = await testStore();
    const plan = await planPeople(made.store, file(staff));
    expect(plan).toMatchObject({ unchanged: 0, notInFile: 0 });
    expect(plan.changes.map(({ kind, reference }) => [kind, reference])).toEqual([
      ['add', 'E1'],
      ['add', 'E2'],
      ['add', 'E3'],
    ]);
    expect(await listPeople(made.store, everything)).toEqual([]);
    const { fingerprint } = await importPeople(made.store, file(staff), { ...by, fingerprint: plan.fingerprint });
    expect(fingerprint).toBe(plan.fingerprint);
    expect(await planPeople(made.store, file(staff))).toMatchObject({ changes: [], unchanged: 3 });
    const [, pat] = await listPeople(made.store, everything);
    expect(pat).toMatchObject({
      name: 'Pat Example',
      team: 'Reception',
      accounts: ['focus\\pat', 'pat.example@example.test'],
    });
    expect(await leadersOf(made.store, pat?.teamId ?? '')).toMatchObject([
      { name: 'Sam Sample', part: 'supervisor' },
      { name: 'Kim Invented', part: 'deputy' },
    ]);
  });

  it('names each difference of somebody who is known', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    const { changes } = await planPeople(made.store, file('reference,name,team\nE1,Pat Renamed,Finance\n'));
    expect(changes).toMatchObject([
      {
        kind: 'change',
        differences: [
          { column: 'name', from: 'Pat Example', to: 'Pat Renamed' },
          { column: 'email', from: 'pat@example.test', to: '' },
          { column: 'team', from: 'Reception', to: 'Finance' },
          { column: 'accounts' },
          { column: 'starts' },
        ],
      },
    ]);
  });

  it('leaves those alone who are not in the file, unless it is complete', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    const one = staff.split('\n').slice(0, 2).join('\n');
    expect(await load(made.store, one)).toMatchObject({ changes: [], notInFile: 2 });
    const { changes } = await load(made.store, one, { complete: true });
    expect(changes.map(({ kind, reference }) => [kind, reference]).sort()).toEqual([
      ['leave', 'E2'],
      ['leave', 'E3'],
    ]);
    expect((await listPeople(made.store, everything)).map(({ leaves }) => leaves)).toEqual([
      '2026-11-23',
      '',
      '2026-11-23',
    ]);
    expect(await load(made.store, one, { complete: true })).toMatchObject({ changes: [] });
  });

  it.each([
    ['name\nx', /Line 1: the column "reference" is missing/],
    ['reference,name,age\nE1,Pat,7', /Line 1: there is no column "age"/],
    ['reference,name\nE1,\nE2,Sam\n,Kim', /Line 2: There is no name\.\nLine 4: There is no reference/],
    ['reference,name\nE1,Pat\nE1,Sam', /Line 3: Line 2 has the same reference/],
    ['reference,name,accounts\nE1,Pat,pat\nE2,Sam,kim;PAT', /Line 3: Line 2 has the account "pat" too/],
    ['reference,name,starts\nE1,Pat,1.1.2026', /Line 2: "starts" is a day/],
    ['reference,name,starts\nE1,Pat,2026-02-30', /Line 2: "starts" is a day/],
    ['reference,name,starts,leaves\nE1,Pat,2026-02-02,2026-02-01', /Line 2: The last day comes before the first/],
    ['reference,name,email\nE1,Pat,nothing', /Line 2: The e-mail address is none/],
    [`reference,name\nE1,${'x'.repeat(300)}`, /Line 2: "name" is too long/],
    ['reference,name\nE1,Pat\u202Exe', /Line 2: "name" is too long, or has characters/],
    ['reference,name,supervises,deputises\nE1,Pat,A,A', /Line 2: Nobody deputises for themselves/],
    ['reference,name\nE1,"Pat', /Line 2: a quote is not closed/],
  ])('refuses the whole of %j and says which line', async (text, says) => {
    await using made = await testStore();
    await expect(load(made.store, text)).rejects.toMatchObject({ message: expect.stringMatching(says) });
    expect(await listPeople(made.store, everything)).toEqual([]);
    expect((await verifyAudit(made.store)).entries).toBe(0);
  });

  it('gives a name on computers to a successor only when the file says so of both', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    const taken = 'reference,name,accounts\nE9,Lee New,sam\n';
    await expect(load(made.store, taken)).rejects.toMatchObject({
      message: expect.stringMatching(/that of E2, who is not in the file/),
    });
    await load(made.store, `${taken}E2,Sam Sample,\n`);
    expect(await personByOsName(made.store, 'sam')).toMatchObject({ reference: 'E9' });
  });

  it('refuses to apply what was looked at when the register has changed since', async () => {
    await using made = await testStore();
    const { fingerprint } = await planPeople(made.store, file(staff));
    await load(made.store, 'reference,name\nE1,Pat Other\n');
    await expect(importPeople(made.store, file(staff), { ...by, fingerprint })).rejects.toMatchObject({
      code: 'planChanged',
    });
    expect(await listPeople(made.store, everything)).toHaveLength(1);
  });

  it('writes down in the trail each person it changed', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    const rows = await made.store.selectFrom('audit').select(['action', 'detail']).orderBy('seq').execute();
    expect(rows.map(({ action }) => action)).toEqual([...Array<string>(3).fill('person.changed'), 'people.imported']);
  });

  it('keeps two organisations with the same references apart', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    await load(made.store, 'reference,name,team\nE1,Alex Other,Reception\n', { organisation: 'Other' });
    expect((await listPeople(made.store, { organisations: ['Other'], teams: 'all' })).map(({ name }) => name)).toEqual([
      'Alex Other',
    ]);
    expect(await listPeople(made.store, { organisations: [organisation], teams: 'all' })).toHaveLength(3);
  });
});

describe('an export of people', () => {
  it('comes back unchanged, formulas and all, and holds none that a spreadsheet would run', async () => {
    await using made = await testStore();
    const odd =
      'reference,name,team\n=1+1,"=HYPERLINK(""http://evil.example"",""x"")",@SUM(A1)\n-2,+Pat,"Fin;ance, ""North"""\n';
    await load(made.store, odd);
    const text = await peopleCsv(made.store, everything);
    expect(text.charCodeAt(0)).toBe(0xfeff);
    for (const { values } of readCsv(text, peopleColumns, [])) {
      for (const value of Object.values(values)) expect(value).not.toMatch(/^[=+\-@\t\r]/);
    }
    expect(await planPeople(made.store, file(text))).toMatchObject({ changes: [], unchanged: 2 });
  });
});

describe('the name an event gives', () => {
  it.each([
    ['FOCUS\\pat', 'E1'],
    ['focus\\PAT', 'E1'],
    ['pat', undefined],
    ['OTHER\\pat', undefined],
    ['pat.example@example.test', 'E1'],
    ['sam', 'E2'],
    ['FOCUS\\sam', 'E2'],
    ['sam@example.test', 'E2'],
    ['SYSTEM', undefined],
    ['', undefined],
    ["' or 1=1", undefined],
  ])('%j is %s', async (user, reference) => {
    await using made = await testStore();
    await load(made.store, staff);
    expect((await personByOsName(made.store, user))?.reference).toBe(reference);
  });

  it("is nobody's when it is several people's, and the more exact one's when there is one", async () => {
    await using made = await testStore();
    await load(made.store, 'reference,name,accounts\nE1,Pat,lee\n');
    await load(made.store, 'reference,name,accounts\nX1,Alex,lee\nX2,Max,OTHER\\lee\n', { organisation: 'Other' });
    expect(await personByOsName(made.store, 'lee')).toBeUndefined();
    expect(await personByOsName(made.store, 'OTHER\\lee')).toMatchObject({ name: 'Max' });
  });

  it('fits itself, in either case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9\\@.]{1,20}$/), (name) => {
        expect(osNameMatches(name, name.toUpperCase())).toBe(true);
      }),
    );
  });
});

describe('whose things an account may see', () => {
  const account = (more: Partial<Account>) => ({
    role: 'ict-analyst' as const,
    organisation: null,
    teamId: null,
    personId: null,
    ...more,
  });

  it.each([
    ['all', everything, { organisation: 'A', team: 't' }, true],
    ['all, of things that belong nowhere', everything, { organisation: null }, true],
    ['one organisation', { organisations: ['A'], teams: 'all' as const }, { organisation: 'A', team: 't' }, true],
    ['another organisation', { organisations: ['A'], teams: 'all' as const }, { organisation: 'B', team: 't' }, false],
    [
      'one organisation, of what belongs nowhere',
      { organisations: ['A'], teams: 'all' as const },
      { organisation: null },
      false,
    ],
    ['one team', { organisations: 'all' as const, teams: ['t'] }, { organisation: 'A', team: 't' }, true],
    ['another team', { organisations: 'all' as const, teams: ['t'] }, { organisation: 'A', team: 'u' }, false],
    [
      'one team, of somebody without',
      { organisations: 'all' as const, teams: ['t'] },
      { organisation: 'A', team: null },
      false,
    ],
    ['no team', { organisations: 'all' as const, teams: [] }, { organisation: 'A', team: 't' }, false],
  ])('%s', (_name, scope, thing, sees) => expect(inScope(scope, thing)).toBe(sees));

  it('is, for a supervisor, the teams they lead or deputise for, and nobody without any', async () => {
    await using made = await testStore();
    await load(made.store, staff);
    const people = await listPeople(made.store, everything);
    const idOf = (reference: string) => people.find((person) => person.reference === reference)?.id ?? null;
    const seen = async (personId: string | null) =>
      (await listPeople(made.store, await scopeOf(made.store, account({ role: 'supervisor', personId })))).map(
        ({ reference }) => reference,
      );
    expect((await seen(idOf('E2'))).sort()).toEqual(['E1', 'E2']);
    expect((await seen(idOf('E3'))).sort()).toEqual(['E1', 'E2', 'E3']);
    expect(await seen(idOf('E1'))).toEqual([]);
    expect(await seen(null)).toEqual([]);
    expect(await personById(made.store, idOf('E1') ?? '')).toMatchObject({ reference: 'E1' });
  });
});
