import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBundle } from '../../../collector/documents/bundle.ts';
import { computerFigures } from '../../../collector/register/computer-list.ts';
import { readCsv } from '../../../collector/register/csv.ts';
import { countIds, figureList, stateIds } from '../../../collector/reports/figure-list.ts';
import { closeMonths } from '../../../collector/reports/figures.ts';
import { shippedMapping } from '../../../collector/reports/frameworks.ts';
import { lastYear } from '../../../collector/reports/period.ts';
import { makeFiles } from '../../../collector/reports/reports.ts';
import { demoClock, playDemo } from '../../demo/demo.ts';
import { estates } from '../../demo/estates.ts';
import { accounts, people } from '../../demo/people.ts';
import { hasPdfTools, noPdfTools } from '../../fakes/pdf-tools.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { type Recount, recount } from './recount.ts';

const [estate] = estates;
const silenced = estate.computers.filter(({ silentAgo }) => silentAgo > 3);

describe('the assurance pack of the demonstration estate', () => {
  let collector: RealCollector;
  let files: Map<string, string>;
  let bytes: Map<string, Uint8Array>;
  let zip: Uint8Array;
  let truth: Recount;

  beforeAll(async () => {
    const clock = demoClock();
    collector = await realCollector({ clock });
    const played = await playDemo(collector, estate, clock, { days: 36, progress: () => undefined });
    const { store } = collector.context;
    // Months that are over are frozen first, so that the pack is made of both kinds.
    await closeMonths(store, clock.now());
    const now = clock.now();
    const request = { name: 'assurance-pack', organisation: 'Test organisation', period: null, now };
    // Until the agents that the play has not silenced were heard of; then pack and recount are of one moment.
    await vi.waitFor(async () => expect((await computerFigures(store, clock.now())).silent).toBe(silenced.length), {
      timeout: 60_000,
      interval: 200,
    });
    played.stop();
    zip = (await makeFiles(store, request)).files[0]?.bytes ?? new Uint8Array();
    truth = await recount(store, lastYear(now), now);
    const inside = Object.entries(unzipSync(zip));
    bytes = new Map(inside.map(([name, content]) => [name.slice(name.indexOf('/') + 1), content]));
    files = new Map([...bytes].map(([name, content]) => [name, Buffer.from(content).toString('utf8')]));
  }, 300_000);
  afterAll(() => collector[Symbol.asyncDispose]());

  const table = (name: string) => {
    const text = files.get(name) ?? '';
    const heading =
      text
        .replace(/^\uFEFF/, '')
        .split('\r\n')[0]
        ?.split(',') ?? [];
    return readCsv(text, heading, heading).map(({ values }) => values);
  };
  /** What the recount says of a figure: a kind of event that never happened was counted nought times. */
  const counted = (id: string) =>
    truth.figures.get(id) ??
    (id.startsWith('events.') ? (truth.kinds.get(id.slice('events.'.length)) ?? 0) : undefined);

  it('is whole by its own manifest', () => {
    expect(openBundle(zip).faults).toEqual([]);
  });

  it('has every figure as it is counted from the events, and what people did from their entries', () => {
    const said = Object.fromEntries(table('figures.csv').map(({ figure = '', number }) => [figure, number]));
    const expected = Object.fromEntries([...stateIds, ...countIds].map((id) => [id, `${counted(id)}`]));
    expect(said).toEqual(expected);
  });

  it('counts as silent those whom the play has silenced', () => {
    const quiet = table('reports/coverage.csv').filter(({ state }) => state === 'silent');
    expect(quiet.map(({ computer }) => computer).toSorted()).toEqual(
      silenced.map(({ inventory }) => inventory.hostname).toSorted(),
    );
  });

  it('is of an estate in which something happened', () => {
    const some = [
      'computers.silent',
      'computers.drivesPlain',
      'media.unregistered',
      'media.plain',
      'media.lost',
      'software.undecided',
      'licences.over',
      'alerts.high',
      'alerts.closed',
      'events.document.saved',
      'events.media.attached',
      'network.unknown',
      'antivirus.bad',
      'os-support.bad',
      'computers.areasFailed',
    ];
    expect(some.filter((id) => !(Number(counted(id)) > 0))).toEqual([]);
  });

  it('says in every text for an item the numbers of the recount', () => {
    const filled = (text: string) =>
      text.replaceAll(/\{([\w.-]+)\}/g, (_, id: string) => (counted(id) ?? Number.NaN).toLocaleString('en-GB'));
    const said = table('assurance-pack.csv').map((row) => row.text);
    expect(said).toEqual(shippedMapping().lines.map(({ says }) => filled(says)));
    for (const { says } of shippedMapping().lines) expect(files.get('summaries.txt')).toContain(filled(says));
  });

  it('lists for every title the installs that the events tell', () => {
    const said = table('reports/licence-register.csv').map(
      ({ source, title, installs }) => `${source} ${title}: ${installs}`,
    );
    const expected = [...truth.titles].map(([key, { installs }]) => `${key}: ${installs}`);
    expect(said.toSorted()).toEqual(expected.toSorted());
  });

  it('lists for every computer and drive the encryption that the events tell', () => {
    const drives = table('reports/encryption.csv').filter(({ kind }) => kind === 'drive');
    const said = drives.map(
      ({ computer, thing = '', encryption }) => `${computer} ${thing.split(',')[0]} ${encryption}`,
    );
    const expected = truth.computers.flatMap(({ hostname, drives: own }) =>
      [...own].map(([key, state]) => `${hostname} ${key.split(' ')[1]} ${state}`),
    );
    expect(said.toSorted()).toEqual(expected.toSorted());
    const assets = table('reports/asset-register.csv').map((row) => [row.computer, row['drives not encrypted']]);
    const plain = truth.computers.map(({ hostname, drives: own }) => [
      hostname,
      `${[...own.values()].filter((state) => state === 'plain').length}`,
    ]);
    expect(assets.toSorted()).toEqual(plain.toSorted());
  });

  it('lists the media with the encryption that the events tell', () => {
    const media = table('reports/encryption.csv').filter(({ kind }) => kind === 'medium');
    const counts = (states: (string | undefined)[]) =>
      Object.entries(Object.groupBy(states, (state) => state ?? 'not told')).map(
        ([state, all]) => `${state} ${all?.length}`,
      );
    const storage = [...truth.devices.values()].filter(
      ({ device }) => !['phone', 'camera', 'audio'].includes(device.class),
    );
    expect(counts(media.map(({ encryption }) => encryption)).toSorted()).toEqual(
      counts(storage.map(({ encryption }) => encryption)).toSorted(),
    );
  });

  it('lists the alerts by rule as the rules find them in the events', () => {
    const page = files.get('reports/state-of-security.html') ?? '';
    const body = page.split('<caption>Alerts opened, by rule</caption>')[1]?.split('</table>')[0] ?? '';
    const said = [...body.matchAll(/<td>([\d,]+)<\/td><\/tr>/g)].map(([, count = '']) =>
      Number(count.replaceAll(',', '')),
    );
    const byRule = Object.values(Object.groupBy(truth.alerts, ({ rule }) => rule)).map((all) => all?.length ?? 0);
    expect(said.toSorted()).toEqual(byRule.toSorted());
  });

  it('shows in the page for print the numbers of the recount', () => {
    const page = files.get('assurance-pack.html') ?? '';
    for (const id of [...stateIds, ...countIds]) {
      const label = figureList[id].label;
      expect(page).toContain(`<td>${label}</td><td>${(counted(id) ?? Number.NaN).toLocaleString('en-GB')}</td>`);
    }
  });

  const names = [
    ...people.flatMap(({ name, user }) => [name, user, `${user}@focus.example`, name.split(' ')[1] ?? '']),
    ...accounts.map(({ displayName }) => displayName),
  ];

  it('names nobody in any text', () => {
    const found = [...files]
      .filter(([name]) => !name.endsWith('.pdf'))
      .flatMap(([name, text]) =>
        names.filter((one) => new RegExp(`\\b${one}\\b`, 'i').test(text)).map((one) => `${name}: ${one}`),
      );
    expect(found).toEqual([]);
  });

  it('claims nothing about encryption for Cyber Essentials', () => {
    const lines = shippedMapping().lines.filter(({ framework }) => framework === 'ce');
    expect(
      lines.filter(({ says }) => /\{(media|drives|computers\.(drives|portable))/.test(says) || /encrypt/i.test(says)),
    ).toEqual([]);
  });

  describe.skipIf(!hasPdfTools)(`its PDFs, read back by poppler${noPdfTools}`, () => {
    function read(name: string, tool: string, ...options: string[]): string {
      using folder = tempFolder();
      const file = join(folder.path, 'report.pdf');
      writeFileSync(file, bytes.get(name) ?? '');
      return execFileSync(tool, [...options, file, ...(tool === 'pdftotext' ? ['-'] : [])], {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      });
    }
    const pdfs = () => [...bytes.keys()].filter((name) => name.endsWith('.pdf'));

    it('are eight, tagged and with a title', () => {
      expect(pdfs()).toHaveLength(8);
      for (const name of pdfs())
        expect([name, read(name, 'pdfinfo')]).toEqual([name, expect.stringMatching(/Title:\s+\S[\s\S]*Tagged:\s+yes/)]);
    });

    it('name nobody', () => {
      const found = pdfs().flatMap((name) => {
        const text = read(name, 'pdftotext');
        return names.filter((one) => new RegExp(`\\b${one}\\b`, 'i').test(text)).map((one) => `${name}: ${one}`);
      });
      expect(found).toEqual([]);
    });

    it('say when the data were read, what is covered and what is not known, and the numbers of the recount', () => {
      const text = read('reports/state-of-security.pdf', 'pdftotext', '-layout');
      for (const words of ['Data as of', 'What this report covers', 'What is not known', 'How it was counted'])
        expect(text).toContain(words);
      for (const id of [
        'media.unregistered',
        'alerts.opened',
        'software.undecided',
        'licences.over',
        'events.document.saved',
      ] as const) {
        const number = (counted(id) ?? Number.NaN).toLocaleString('en-GB');
        expect(text).toMatch(new RegExp(`${figureList[id].label}\\s+${number}\\s`));
      }
    });

    it('has charts as pictures with words, and their numbers in a table', () => {
      const tags = read('reports/state-of-security.pdf', 'pdfinfo', '-struct');
      expect(tags.match(/^\s*Figure\b/gm)?.length).toBe(5);
      expect(tags).toMatch(/Figure[\s\S]*?Table/);
    });
  });
});
