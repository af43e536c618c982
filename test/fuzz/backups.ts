import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { unzipSync, zipSync } from 'fflate';
import { makeBackup } from '../../collector/backup/backup.ts';
import { restoreBackup } from '../../collector/backup/restore.ts';
import { openHome } from '../../collector/home.ts';
import { evidenceBundle } from '../../collector/incidents/evidence-bundle.ts';
import { verifyBundle } from '../../collector/incidents/verify-bundle.ts';
import { drafted, violation } from '../collector/incidents/violation.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { applied, type Damage, damageOf } from './damage.ts';
import { holds, type Input, type Target, unlessRefused, unlessRefusedLater } from './target.ts';

const silent = () => undefined;

/** What somebody may do to the tables of a backup they got hold of. */
const statements: readonly string[] = [
  "INSERT INTO portcullis_backup VALUES ('../outside', x'00')",
  "INSERT INTO portcullis_backup VALUES ('/tmp/outside', x'00')",
  "INSERT INTO portcullis_backup VALUES ('tls/../../outside', x'00')",
  "INSERT INTO portcullis_backup VALUES ('store.sqlite', x'00')",
  "INSERT INTO portcullis_backup VALUES ('tls', x'00')",
  "UPDATE portcullis_backup SET content = x'7b7d' WHERE name = 'about.json'",
  "UPDATE portcullis_backup SET content = x'ff' WHERE name = 'settings.json'",
  "UPDATE portcullis_backup SET content = zeroblob(2000000) WHERE name = 'settings.json'",
  "DELETE FROM portcullis_backup WHERE name = 'about.json'",
  'DROP TABLE portcullis_backup',
  'CREATE VIEW extra AS SELECT * FROM computers',
  'CREATE TRIGGER extra AFTER UPDATE ON computers BEGIN DELETE FROM events; END',
  'CREATE TRIGGER extra AFTER INSERT ON upkeep BEGIN DELETE FROM computers; END',
  "INSERT INTO kysely_migration VALUES ('9999-later', '2026')",
  "DELETE FROM kysely_migration WHERE name > '0010'",
  'DROP TABLE kysely_migration',
  'DROP TABLE computers',
  'DROP TABLE audit',
  'UPDATE computers SET head_seq = head_seq + 1',
  "UPDATE computers SET public_key = 'AAAA'",
  "UPDATE computers SET head_proof = '{'",
  'DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)',
  "UPDATE audit SET detail = 'other' WHERE seq = 1",
];

/** Backups and evidence bundles that were changed by somebody or by a disk, through restoring and verifying. */
export async function openBackups(): Promise<Target> {
  const folder = tempFolder();
  const place = (name: string) => join(folder.path, name);
  const { backup, zip, key } = await genuineFiles(place);
  let number = 0;

  async function restore(damage: Damage): Promise<string> {
    number += 1;
    const around = place(`case-${number}`);
    mkdirSync(around);
    try {
      const file = join(around, 'changed.backup');
      writeFileSync(file, applied(backup, damage.edits));
      if (!changeTables(file, damage.sql)) return 'could not be changed';
      const home = join(around, 'inside', 'restored');
      mkdirSync(dirname(home));
      const restored = await unlessRefusedLater(() =>
        restoreBackup({ file, folder: home, despiteFaults: false }, silent),
      );
      const left = readdirSync(dirname(home));
      holds(left.length === (restored ? 1 : 0), 'a restore leaves the whole folder or nothing');
      holds(
        readdirSync(around).every((name) => /^(inside|changed\.backup)/.test(name)),
        'nothing is written outside the folder',
      );
      if (!restored) return 'refused';
      holds(restored.faults.length === 0, 'what is restored without being told to do so in spite of faults has none');
      unlessRefused(() => openHome(home));
      return 'restored';
    } finally {
      rmSync(around, { recursive: true, force: true });
    }
  }

  function verify({ edits, part, inner = [] }: Damage): string {
    let changed = applied(zip, edits);
    if (part !== undefined) changed = repacked(changed, part, inner);
    const verified = unlessRefused(() => verifyBundle(changed, key));
    if (!verified) return 'refused';
    holds(verified.holds === changed.equals(zip), 'a bundle holds when it is as it was written, and only then');
    return verified.holds ? 'holds' : 'does not hold';
  }

  return {
    patience: 60_000,
    make(random): Input {
      const isBackup = random() < 0.4;
      const damage = damageOf(
        random,
        isBackup ? { length: backup.length, statements } : { length: zip.length, parts: partsOf(zip) },
      );
      return { part: isBackup ? 'backup' : 'bundle', bytes: Buffer.from(JSON.stringify(damage)) };
    },
    look({ part, bytes }) {
      const damage = damageIn(bytes);
      if (!damage) return 'no damage';
      return part === 'backup' ? restore(damage) : verify(damage);
    },
    close: () => Promise.resolve(folder[Symbol.dispose]()),
  };
}

/** One backup and one bundle of a collector that saw a violation, with their keys. */
async function genuineFiles(place: (name: string) => string) {
  await using collector = await realCollector();
  await violation(collector);
  const [incident] = await drafted(collector);
  if (!incident) throw new Error('no draft was opened');
  const home = openHome(collector.folder);
  const { file } = await makeBackup(home, { file: place('genuine.backup'), withKeys: true, now: 1 }, silent);
  const zip = await evidenceBundle(collector.context.store, incident, home.policySigner, Date.now());
  return { backup: readFileSync(file), zip: Buffer.from(zip), key: home.policySigner.publicKey };
}

/** @returns false for a file that SQLite itself does not take any more */
function changeTables(file: string, sql: readonly string[] = []): boolean {
  if (sql.length === 0) return true;
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    for (const statement of sql) database.exec(statement);
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

const partsOf = (zip: Buffer) => Object.keys(unzipSync(zip));

function repacked(zip: Buffer, part: string, inner: Damage['edits']): Buffer {
  try {
    const files = unzipSync(zip);
    const content = files[part];
    return content
      ? Buffer.from(zipSync({ ...files, [part]: applied(Buffer.from(content), inner) }, { level: 0 }))
      : zip;
  } catch {
    return zip;
  }
}

function damageIn(bytes: Buffer): Damage | undefined {
  try {
    const damage = JSON.parse(bytes.toString('utf8')) as Damage;
    const isWhole =
      Array.isArray(damage.edits) &&
      damage.edits.every((edit) => typeof edit.at === 'number' && /^[0-9a-f]*$/.test(edit.hex));
    return isWhole ? damage : undefined;
  } catch {
    return undefined;
  }
}
