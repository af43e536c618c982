import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle } from '../../../collector/documents/bundle.ts';
import { disclosureApprovers } from '../../../collector/exports/disclosure-approvers.ts';
import { disclosureBundle } from '../../../collector/exports/disclosure-bundle.ts';
import {
  type DisclosureAsked,
  decideDisclosure,
  disclosureById,
  listDisclosures,
  noteCopy,
  prepareDisclosure,
} from '../../../collector/exports/disclosures.ts';
import { savePerson } from '../../../collector/register/people.ts';
import { hasPdfTools, noPdfTools } from '../../fakes/pdf-tools.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { type FilledComputer, fillComputer, fillEvent } from '../console/filling.ts';
import { addAccount, monday, type TestStore, testStore } from '../console/site.ts';

const organisation = 'Example Care';
let made: TestStore;
let laptop: FilledComputer;
let preparer: string;
let approver: string;
let subject: string;
const approvers = disclosureApprovers.ccg;

beforeEach(async () => {
  made = await testStore();
  const { context } = made;
  laptop = await fillComputer(context, 'WARD-1');
  preparer = await addAccount(context, { username: 'pat', role: 'ict-administrator' });
  approver = await addAccount(context, { username: 'sue', role: 'siro' });
  subject = await person('1', 'Sam Subject', 'sam');
  await person('2', 'Olive Other', 'olive');
  await fillEvent(context, laptop, 'media.attached', attached('SAM-STICK'), { actor: { user: 'sam' } });
  await fillEvent(context, laptop, 'media.attached', attached('OLIVE-STICK'), { actor: { user: 'olive' } });
  await fillEvent(context, laptop, 'agent.stopped', { because: 'SIGTERM' });
});
afterEach(() => made[Symbol.asyncDispose]());

const attached = (serial: string) => ({
  device: {
    class: 'usb-storage' as const,
    bus: 'usb' as const,
    serial,
    serialTrust: 'device' as const,
    interfaces: [],
  },
  volumes: [],
  presentAtStart: false,
});

async function person(reference: string, name: string, account: string): Promise<string> {
  const facts = {
    reference,
    name,
    email: '',
    team: '',
    accounts: [account],
    supervises: [],
    deputises: [],
    starts: '',
    leaves: '',
  };
  await made.context.store.transaction().execute((tx) => savePerson(tx, organisation, facts, monday));
  const row = await made.context.store
    .selectFrom('people')
    .select('id')
    .where('reference', '=', reference)
    .executeTakeFirstOrThrow();
  return row.id;
}

const asked = (more: Partial<DisclosureAsked> = {}): DisclosureAsked => ({
  people: [subject],
  computers: [],
  from: monday - 1000,
  to: monday + 1000,
  requester: 'Example Police',
  reference: 'EP/1',
  legalBasis: 'An order of the court',
  purpose: 'An inquiry',
  ...more,
});

const prepare = (more?: Partial<DisclosureAsked>) =>
  prepareDisclosure(made.context.store, asked(more), { accountId: preparer, now: monday });
const decide = (id: string, by: { accountId?: string; role?: 'siro' | 'ict-administrator'; approved?: boolean } = {}) =>
  decideDisclosure(
    made.context.store,
    { id, approved: by.approved ?? true, reason: 'Lawful and needed' },
    { accountId: by.accountId ?? approver, role: by.role ?? 'siro', approvers, now: monday },
  );
async function bundled(id: string) {
  const found = await disclosureById(made.context.store, id);
  if (!found) throw new Error('it was prepared');
  return disclosureBundle(made.context.store, organisation, found);
}

describe('a disclosure', () => {
  it('is handed over once somebody else approved it, and holds only what its subject did', async () => {
    const id = await prepare();
    await expect(bundled(id)).rejects.toThrow('Only an approved disclosure');
    await decide(id);
    const { zip, events } = await bundled(id);
    const { files, faults } = openBundle(zip);
    expect(faults).toEqual([]);
    expect([...files.keys()].sort()).toEqual(['cover.pdf', 'events.csv', 'events.jsonl']);
    expect(events).toBe(1);
    const lines = Buffer.from(files.get('events.jsonl') ?? []).toString();
    expect(lines).toContain('SAM-STICK');
    expect(lines + Buffer.from(files.get('events.csv') ?? []).toString()).not.toMatch(/olive/i);
  });

  it('of a computer holds everybody, with others under words that stand for them', async () => {
    const id = await prepare({ people: [], computers: [laptop.id] });
    await decide(id);
    const { files } = openBundle((await bundled(id)).zip);
    const lines = Buffer.from(files.get('events.jsonl') ?? []).toString();
    expect(lines.trim().split('\n')).toHaveLength(3);
    expect(lines).not.toMatch(/olive|"sam"/i);
    expect(lines).toMatch(/person-[0-9a-f]{12}/);
  });

  it.skipIf(!hasPdfTools)(
    `says on its cover sheet who asked, on which ground and who approved${noPdfTools}`,
    async () => {
      const id = await prepare();
      await decide(id);
      using folder = tempFolder();
      const file = join(folder.path, 'cover.pdf');
      writeFileSync(file, openBundle((await bundled(id)).zip).files.get('cover.pdf') ?? '');
      const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
      for (const words of [
        'Disclosure 1',
        'Example Police',
        'An order of the court',
        'SIRO (CCG 12)',
        'Sam Subject',
        'WARD-1',
      ])
        expect(text).toContain(words);
      expect(text).not.toMatch(/olive/i);
      expect(execFileSync('pdfinfo', [file], { encoding: 'utf8' })).toMatch(/Tagged:\s+yes/);
    },
  );

  it('is the same bytes each time', async () => {
    const id = await prepare();
    await decide(id);
    expect((await bundled(id)).sha256).toBe((await bundled(id)).sha256);
  });

  it.each<[string, Partial<DisclosureAsked>, string]>([
    ['of everything', { people: [] }, 'Name at least one person or one computer'],
    ['of an empty period', { to: monday - 2000 }, 'end before it begins'],
    ['of the future', { from: monday + 1, to: monday + 2 }, 'lies in the future'],
    ['of a person nobody knows', { people: ['01a20786-bb40-728c-85d0-c4d6bc71817e'] }, 'not in the register'],
    ['of a computer nobody knows', { computers: ['01a20786-bb40-728c-85d0-c4d6bc71817e'] }, 'not known'],
  ])('%s is not taken', async (_, more, says) => {
    await expect(prepare(more)).rejects.toThrow(says);
  });

  it('is decided by somebody else, of the right role, once', async () => {
    const id = await prepare();
    await expect(decide(id, { accountId: preparer, role: 'siro' })).rejects.toMatchObject({ code: 'ownDisclosure' });
    await expect(decide(id, { role: 'ict-administrator' })).rejects.toMatchObject({ code: 'notApprover' });
    await decide(id, { approved: false });
    await expect(decide(id)).rejects.toMatchObject({ code: 'decided' });
    await expect(bundled(id)).rejects.toMatchObject({ code: 'notApproved' });
  });

  it('stays in the register with its copies, which the store refuses to change', async () => {
    const { store } = made.context;
    const id = await prepare();
    await decide(id);
    const { sha256, zip, events } = await bundled(id);
    await noteCopy(store, { disclosure_id: id, at: monday, by: approver, sha256, bytes: zip.length, events });
    expect(await listDisclosures(store)).toMatchObject([{ id, number: 1, state: 'approved' }]);
    for (const refused of [
      store.deleteFrom('disclosures').execute(),
      store.updateTable('disclosures').set({ document: '{}' }).execute(),
      store.updateTable('disclosures').set({ state: 'refused' }).execute(),
      store.deleteFrom('disclosure_copies').execute(),
      store.updateTable('disclosure_copies').set({ events: 0 }).execute(),
    ]) {
      await expect(refused).rejects.toThrow('never changed or removed');
    }
    const audit = await store.selectFrom('audit').select('action').where('object', '=', id).execute();
    expect(audit.map(({ action }) => action)).toEqual([
      'disclosure.prepared',
      'disclosure.approved',
      'disclosure.copied',
    ]);
  });
});
