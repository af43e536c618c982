import { describe, expect, it } from 'vitest';
import { recordAudit } from '../../../collector/accounts/audit.ts';
import { openBundle } from '../../../collector/documents/bundle.ts';
import { personById, savePerson } from '../../../collector/register/people.ts';
import { exportPerson } from '../../../collector/transparency/person-export.ts';
import { batchOf, enrolComputer, greet, lineOf } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';

const facts = { email: '', team: '', supervises: [], deputises: [], starts: '', leaves: '' };

describe('the copy for a person', () => {
  it('holds what they did and who looked, nothing of anybody else, and proves itself whole', async () => {
    await using collector = await realCollector();
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    const { store } = collector.context;
    const save = (reference: string, name: string, account: string) =>
      store
        .transaction()
        .execute((tx) => savePerson(tx, 'Test organisation', { ...facts, reference, name, accounts: [account] }, 1));
    const pat = await save('S1', 'Pat Example', 'pat');
    await save('S2', 'Sam Example', 'sam');
    const lines = ['PAT', 'sam', 'FOCUS\\pat'].map((user, index) => lineOf(index + 1, { actor: { user } }));
    socket.send(batchOf(computer, computer.start, lines).frame);
    await socket.next('ack');
    await recordAudit(store, { at: 1, accountId: null, action: 'person.viewed', object: pat, detail: '=1+1' });

    const person = await personById(store, pat);
    if (!person) throw new Error('Pat is not in the register');
    const made = await exportPerson(store, person, Date.now());
    const { files, faults } = openBundle(made.zip);
    const text = (name: string) => Buffer.from(files.get(name) ?? []).toString();
    expect(faults).toEqual([]);
    expect(made.events).toBe(2);
    const users = text('events.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).actor.user);
    expect(users).toEqual(['PAT', 'FOCUS\\pat']);
    expect([...files.values()].map((file) => Buffer.from(file).toString()).join()).not.toMatch(/sam/i);
    expect(text('who-looked.csv')).toContain('person.viewed');
    expect(text('who-looked.csv')).not.toContain(',=1+1');
  });
});
