import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteUpkeep } from '../../../collector/store/upkeep.ts';
import { type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

const day = 86_400_000;
let console: OpenConsole;
let administrator: SomebodySignedIn;
beforeAll(async () => {
  console = await openConsole();
  administrator = await console.visitor('ict-administrator');
});
afterAll(() => console[Symbol.asyncDispose]());

describe('the page Health says of the backup', () => {
  it('that there is none, and how to make one', async () => {
    expect((await administrator.get('/health')).body).toMatch(/Never made[\s\S]*portcullis-collector backup FILE/);
  });

  it.each([
    ['its age', 1, day, /Good[\s\S]*It was written\. It is 24 hours old/],
    ['that it is some days old', 1, 3 * day, /Some days old/],
    ['that it is too old', 1, 40 * day, /Too old/],
    ['that it does not hold, however new', 0, 0, /Not good[\s\S]*It was written\./],
  ])('%s', async (_what, well, age, says) => {
    const { store, clock } = console.context;
    await noteUpkeep(store, { what: 'backup', at: clock.now() - age, well, detail: 'It was written.' });
    const { body } = await administrator.get('/health');
    expect(/Backup<[\s\S]*?<\/tr>/.exec(body)?.[0]).toMatch(says);
  });
});

describe('the page Health says of the pages of the store', () => {
  it('that nobody looked yet', async () => {
    const { body } = await administrator.get('/health');
    expect(/Pages of the store<[\s\S]*?<\/tr>/.exec(body)?.[0]).toMatch(/Not known[\s\S]*soon after a start/);
  });

  it.each([
    ['that they fit', 1, 0, /Good/],
    ['that nobody looked for days', 1, 3 * day, /Not checked for days/],
    [
      'that they are damaged, that events are taken all the same, and what to do',
      0,
      0,
      /Damaged[\s\S]*still taken[\s\S]*restore/,
    ],
  ])('%s', async (_what, isWell, age, says) => {
    const { store, clock } = console.context;
    await noteUpkeep(store, { what: 'pages', at: clock.now() - age, well: isWell, detail: 'It was looked at.' });
    const { body } = await administrator.get('/health');
    expect(/Pages of the store<[\s\S]*?<\/tr>/.exec(body)?.[0]).toMatch(says);
  });
});

describe('the page Health says of the disk', () => {
  const gigabyte = 1e9;

  it.each([
    ['that there is room', 50, /Good[\s\S]*50 GB of 100 GB are free/],
    ['that it is nearly full', 5, /Nearly full/],
    [
      'that it is full, what that means and what to do',
      0,
      /Full[\s\S]*No more events are taken; agents keep them\. Make room\./,
    ],
  ])('%s', async (_what, free, says) => {
    const space = { free: free * gigabyte, all: 100 * gigabyte };
    await using other = await openConsole({ diskSpace: () => Promise.resolve(space) });
    const { body } = await (await other.visitor('ict-administrator')).get('/health');
    expect(/Disk of the store<[\s\S]*?<\/tr>/.exec(body)?.[0]).toMatch(says);
  });
});
