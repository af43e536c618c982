import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portNumber, print, progress } from '#shared/command-line.ts';
import { makeLog } from '#shared/logging.ts';
import { roleWords } from '../../collector/accounts/roles.ts';
import { createHome, openHome } from '../../collector/home.ts';
import { startCollector } from '../../collector/main.ts';
import { demoClock, demoPassword, playDemo } from './demo.ts';
import { organisation } from './desk.ts';
import { accounts } from './people.ts';

/** `npm run demo`: a collector with an estate to look at, in a folder that goes when it ends. */
const told = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
const folder = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
createHome(folder, { organisation, profile: 'focus', passwordProfile: 'cyber-essentials' });
const clock = demoClock();
const began = performance.now();
const log = makeLog('warn', join(folder, 'collector.log'));
const port = portNumber(process.env);
const collector = await startCollector({ home: openHome(folder), clock, log, host: '127.0.0.1', port });
const played = await playDemo(collector, clock, { progress });
progress('');
print(`Console: ${collector.url}   (ready after ${Math.round((performance.now() - began) / 1000)} s)`);
print('Its certificate was made just now, so the browser asks you to trust it once.');
print(`Everything in it is invented. Password of every account: ${demoPassword}`);
for (const { username, displayName, role } of accounts) {
  print(`  ${username.padEnd(14)} ${displayName.padEnd(18)} ${roleWords[role]}`);
}
print('Stop with Ctrl+C; nothing is kept.');
await told;
played.stop();
await collector.stop();
process.exit();
