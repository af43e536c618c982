import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCollector, type TestCollector } from '../vm/collector.ts';
import { enrolAgent, type TestAgent } from './agent.ts';
import { findLab } from './lab.ts';
import { type Machine, startMachine } from './machine.ts';

let machine: Machine;
let collector: TestCollector;
let agent: TestAgent;

beforeAll(async () => {
  machine = await startMachine(findLab(process.env));
  collector = await startTestCollector('focus');
  agent = await enrolAgent(machine, collector);
  await agent.start();
});
afterAll(async () => {
  await machine?.stop();
  await collector?.stop();
});

test('a removable drive', async () => {
  const since = await agent.lastSequence();
  const folder = machine.folder('drive', { '.windows-label': 'LETTERS', 'a.txt': 'text' });
  await machine.ask('plugDrive', { letter: 'e', folder, type: 2 });
  const [event] = await agent.expectEvents('media.attached', since);
  console.log(JSON.stringify(event?.data));
  await machine.ask('plugDrive', { letter: 'e', folder: '', type: 0 });
  const [gone] = await agent.expectEvents('media.removed', since);
  expect(gone).toBeDefined();
  console.log(JSON.stringify((await agent.command('status')).said));
});
