import { join } from 'node:path';
import { makeLog } from '#shared/logging.ts';
import { backupUpkeep, makeBackup } from '../../collector/backup/backup.ts';
import type { ExportSettings } from '../../collector/exports/settings.ts';
import { createHome, openHome } from '../../collector/home.ts';
import { type Collector, startCollector } from '../../collector/main.ts';
import { noteUpkeep } from '../../collector/store/upkeep.ts';
import { demoClock, playDemo } from './demo.ts';
import { type Estate, estates } from './estates.ts';

export interface RunningEstate {
  estate: Estate;
  collector: Collector;
  stop(): Promise<void>;
}

interface DemoOptions {
  /** For the stores, keys and certificates of both; the caller removes it. */
  folder: string;
  /** Of the first organisation; the others come after it. 0 takes free ones, and then neither console can name the other. */
  firstPort: number;
  progress(text: string): void;
}

/** A collector for each organisation of the demonstration, each with its estate played into it. */
export function startDemo({ folder, firstPort, progress }: DemoOptions): Promise<RunningEstate[]> {
  const portOf = (place: number) => (firstPort === 0 ? 0 : firstPort + place);

  /** Store, keys, certificate and port of its own; of the other console it knows the address. */
  async function start(estate: Estate, place: number): Promise<RunningEstate> {
    const { organisation, profile } = estate;
    const home = join(folder, String(place));
    const otherConsoles = estates.flatMap((other, its) =>
      other === estate || firstPort === 0
        ? []
        : [{ organisation: other.organisation, address: `https://127.0.0.1:${portOf(its)}` }],
    );
    const archive: ExportSettings = {
      name: 'siem-archive',
      channel: 'file',
      format: 'ocsf',
      path: 'exported/ocsf.jsonl',
    };
    createHome(home, {
      ...{ organisation, profile, passwordProfile: 'cyber-essentials', otherConsoles },
      exports: [{ ...archive, from: 'beginning' }],
    });
    const clock = demoClock();
    const log = makeLog('warn', join(home, 'collector.log'));
    const port = portOf(place);
    const collector = await startCollector({ home: openHome(home), clock, log, host: '127.0.0.1', port });
    const says = (text: string) => progress(`${organisation}: ${text}`);
    const played = await playDemo(collector, estate, clock, { progress: says });
    await backUp(home, collector);
    return {
      estate,
      collector,
      async stop() {
        played.stop();
        await collector.stop();
      },
    };
  }

  return Promise.all(estates.map(start));
}

/** As the command does it, so that the page of health has one to tell of. */
async function backUp(home: string, { context: { store, clock } }: Collector): Promise<void> {
  const now = clock.now();
  const made = await makeBackup(openHome(home), { file: join(home, 'backup'), withKeys: true, now }, () => undefined);
  await noteUpkeep(store, backupUpkeep(made, now));
}
