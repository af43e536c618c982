import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const text = 'PORTCULLIS-TEST-SIGNATURE-OF-NOTHING-HARMFUL';

/** A file that the tests' own signature finds, and nothing else does. */
export function writeTestVirus(file: string): void {
  writeFileSync(file, `before ${text} after\n`);
}

/** A folder with one signature, in ClamAV's own form, that finds the test virus. */
export function testSignatures(folder: string): string {
  const database = join(folder, 'signatures');
  mkdirSync(database, { recursive: true });
  writeFileSync(join(database, 'portcullis.ndb'), `Portcullis.Test:0:*:${Buffer.from(text).toString('hex')}\n`);
  return database;
}
