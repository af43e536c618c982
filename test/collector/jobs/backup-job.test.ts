import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BackupSettings } from '../../../collector/backup/settings.ts';
import { openHome } from '../../../collector/home.ts';
import { backupJob } from '../../../collector/jobs/backup-job.ts';
import { upkeepOf } from '../../../collector/store/upkeep.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const day = 86_400_000;

it('makes one verified backup a day, keeps as many as it is told, and touches no other file', async () => {
  using folder = tempFolder();
  await using collector = await realCollector();
  let now = Date.UTC(2026, 10, 28, 3);
  const clock = { ...collector.context.clock, now: () => now };
  const jobWith = (backup?: BackupSettings) => {
    const home = openHome(collector.folder);
    return backupJob(
      { ...collector.context, clock },
      { ...home, settings: { ...home.settings, ...(backup && { backup }) } },
    );
  };
  const kept = () => readdirSync(folder.path).sort();
  const noted = async () => (await upkeepOf(collector.context.store)).get('backup');

  await jobWith().check();
  expect(await noted()).toBeUndefined();

  writeFileSync(join(folder.path, 'portcullis-notes.backup'), 'not ours');
  const job = jobWith({ folder: folder.path, keep: 2 });
  for (const _day of [1, 2, 3]) {
    await job.check();
    await job.check();
    now += day;
  }
  expect(kept()).toEqual(['portcullis-2026-11-29.backup', 'portcullis-2026-11-30.backup', 'portcullis-notes.backup']);
  expect(await noted()).toMatchObject({ well: 1, at: now - day, detail: expect.stringMatching(/without the keys/) });

  const away = join(folder.path, 'mounted-later');
  await expect(jobWith({ folder: away, keep: 2 }).check()).rejects.toMatchObject({ code: 'backupNotWritten' });
  expect(await noted()).toMatchObject({ well: 0, at: now });
  mkdirSync(away);
  await jobWith({ folder: away, keep: 2 }).check();
  expect(await noted()).toMatchObject({ well: 1, at: now });
});
