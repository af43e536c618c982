import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../fakes/free-port.ts';
import { imageFolder, noLoopDevices, run } from '../fakes/loop-device.ts';
import { patientSheet, testNumbers } from '../fakes/patients.ts';
import { proves } from '../support/proofs.ts';
import { patient, type Site, setUpMilliseconds, site } from './site.ts';

/*
 * From a file to an alert: a collector and an agent as they are installed, and a medium that is really mounted. The
 * medium is an image formatted as ext4 on a loop device, because not every kernel has vfat.
 */
const why = noLoopDevices ?? '';
const port = await freePort();

describe.skipIf(why !== '')(`identifiers on a medium${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const images = imageFolder();
  const numbers = testNumbers(60);
  let here: Site;
  let place = '';
  let stickPort: string | undefined;
  let take: () => void = () => undefined;

  beforeAll(async () => {
    here = await site({ port });
    await here.publish({ 'identifiers.drill': true });
    const image = images.image('stick.img', 64 * 1024 * 1024);
    run('mkfs.ext4', '-q', '-L', 'WARD7', image);
    const loop = images.attach(image);
    const mounted = images.mount(loop.device);
    place = mounted.place;
    take = () => {
      mounted.unmount();
      loop.detach();
    };
    await vi.waitFor(async () => {
      const mine = (await here.events('media.mounted')).filter(({ data }) => data.volume.mountPoint === place);
      expect(mine).toHaveLength(1);
      stickPort = mine[0]?.data.device.port;
    }, patient);
  }, setUpMilliseconds);

  afterAll(async () => {
    await here?.[Symbol.asyncDispose]();
    images[Symbol.dispose]();
  });

  const ofMine = <E extends { data: { volume?: { mountPoint?: string } } }>(events: E[]) =>
    events.filter(({ data }) => data.volume?.mountPoint === place);
  // The agent sees all of this computer, also what other tests do on it.
  const bulkAlerts = async () => {
    const mine = ofMine(await here.events('identifiers.bulk-reached')).map(({ seq }) => seq);
    return (await here.alerts()).filter(({ rule, firstSeq }) => rule.includes('bulk') && mine.includes(firstSeq ?? 0));
  };

  it('gives one bulk alert that names clause, band and medium within seconds, and none of the numbers', async ({
    task,
  }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'document-saves', area: 'identifiers in files' });

    const sheet = join(images.folder, 'caseload.xlsx');
    writeFileSync(sheet, patientSheet(numbers));
    copyFileSync(sheet, join(place, 'caseload.xlsx'));
    const lastWrite = Date.now();
    const [bulk] = await vi.waitFor(async () => {
      const found = ofMine(await here.events('identifiers.bulk-reached'));
      expect(found).toHaveLength(1);
      return found;
    }, patient);
    const alerts = await vi.waitFor(async () => {
      const found = await bulkAlerts();
      expect(found).toHaveLength(1);
      return found;
    }, patient);
    expect(alerts).toMatchObject([{ rule: 'media-bulk', severity: 'critical', clause: 'focus 4.5', count: 1 }]);
    expect(bulk?.data).toMatchObject({
      scope: 'file',
      band: '50-99',
      drill: true,
      place: 'removable',
      volume: { label: 'WARD7' },
    });
    const [inspected] = ofMine(await here.events('media.file-inspected'));
    expect(inspected?.data).toMatchObject({
      extension: 'xlsx',
      isBulk: true,
      authorisation: 'none',
      inspection: { status: 'inspected', band: '50-99', identifiers: { nhsNumber: { test: 60 } } },
    });
    const seconds = (Date.parse(bulk?.at ?? '') - lastWrite) / 1000;
    process.stderr.write(`bulk alert ${seconds.toFixed(2)} s after the last write\n`);
    expect(seconds).toBeLessThan(30);
    const everything = (await here.type('collector', 'events', '--json')) + JSON.stringify(await here.alerts());
    expect(numbers.filter((number) => everything.includes(number))).toEqual([]);
  });

  it('adds a second copy to the same alert', async () => {
    copyFileSync(join(images.folder, 'caseload.xlsx'), join(place, 'again.xlsx'));
    await vi.waitFor(
      async () => expect(ofMine(await here.events('identifiers.bulk-reached'))).toHaveLength(2),
      patient,
    );
    await vi.waitFor(async () => expect(await bulkAlerts()).toMatchObject([{ count: 2 }]), patient);
  });

  it('sums up when the medium is taken away', async () => {
    take();
    const session = await vi.waitFor(
      async () =>
        (await here.events('media.session')).find(({ data }) => data.device.port === stickPort) ??
        expect.fail('no summary'),
      patient,
    );
    expect(session.data).toMatchObject({ written: 2, bands: { '50-99': 2 }, notInspected: 0 });
  });

  it('leaves nothing waiting', async () => {
    await vi.waitFor(() => {
      const status = JSON.parse(readFileSync(join(here.home, 'agent', 'status.json'), 'utf8'));
      expect(status).toMatchObject({ inspection: { files: 0, bytes: 0 } });
    }, patient);
  });
});
