import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portNumber, print, progress } from '#shared/command-line.ts';
import { roleWords } from '../../collector/accounts/roles.ts';
import { demoPassword } from './demo.ts';
import { accounts } from './people.ts';
import { startDemo } from './start.ts';

/** `npm run demo`: a collector for each of two organisations, with estates to look at, in a folder that goes when it ends. */
const told = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
const folder = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const began = performance.now();
const running = await startDemo({ folder, firstPort: portNumber(process.env), progress });
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
for (const one of running) await one.stop();
process.exit();
