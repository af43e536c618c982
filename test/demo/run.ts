import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portNumber, print, progress } from '#shared/command-line.ts';
import { makeLog } from '#shared/logging.ts';
import { roleWords } from '../../collector/accounts/roles.ts';
import { createHome, openHome } from '../../collector/home.ts';
import { startCollector } from '../../collector/main.ts';
import { demoClock, demoPassword, playDemo } from './demo.ts';
import { type Estate, estates } from './estates.ts';
import { accounts } from './people.ts';

/** `npm run demo`: a collector for each of two organisations, with estates to look at, in a folder that goes when it ends. */
const told = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
const folder = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const firstPort = portNumber(process.env);
const portOf = (place: number) => (firstPort === 0 ? 0 : firstPort + place);

/** Store, keys, certificate and port of its own; of the other console it knows the address. */
async function start(estate: Estate, place: number) {
  const { organisation, profile } = estate;
  const home = join(folder, String(place));
  const others = estates.flatMap((other, its) =>
    other === estate || firstPort === 0
      ? []
      : [{ organisation: other.organisation, address: `https://127.0.0.1:${portOf(its)}` }],
  );
  createHome(home, { organisation, profile, passwordProfile: 'cyber-essentials', otherConsoles: others });
  const clock = demoClock();
  const log = makeLog('warn', join(home, 'collector.log'));
  const collector = await startCollector({ home: openHome(home), clock, log, host: '127.0.0.1', port: portOf(place) });
  const says = (text: string) => progress(`${organisation}: ${text}`);
  return { estate, collector, played: await playDemo(collector, estate, clock, { progress: says }) };
}

const began = performance.now();
const running = await Promise.all(estates.map(start));
progress('');
print(`Ready after ${Math.round((performance.now() - began) / 1000)} s.`);
for (const { estate, collector } of running) {
  print(`\n${estate.organisation}: ${collector.url}`);
  for (const { username, displayName, role } of accounts) {
    print(`  ${username.padEnd(14)} ${displayName.padEnd(18)} ${roleWords[role]}`);
  }
}
print(`\nEverything in it is invented. Password of every account of both: ${demoPassword}`);
print('Their certificates were made just now, so the browser asks you to trust each once.');
print('Stop with Ctrl+C; nothing is kept.');
await told;
for (const { played, collector } of running) {
  played.stop();
  await collector.stop();
}
process.exit();
