import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backup, makeBackup } from '../../../collector/backup/backup.ts';
import { copyDatabase } from '../../../collector/backup/copy.ts';
import { restoreBackup } from '../../../collector/backup/restore.ts';
import { openHome } from '../../../collector/home.ts';
import { openStore } from '../../../collector/store/database.ts';
import { upkeepOf } from '../../../collector/store/upkeep.ts';
import { verifyStore } from '../../../collector/store/verify.ts';
import { enrolComputer, greet, type TestComputer } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { sendNext } from '../gateway/site.ts';

const folder = tempFolder();
const place = (name: string) => join(folder.path, name);
const silent = () => undefined;
let computer: TestComputer;
let withKeys: Backup;
let plain: Backup;
let acknowledged: { before: number; after: number };

beforeAll(async () => {
  await using collector = await realCollector();
  computer = await enrolComputer(collector);
  await using socket = await greet(computer);
  let at = await sendNext(socket, computer, computer.start, 100);
  const home = openHome(collector.folder);
  writeFileSync(join(collector.folder, 'mail-password'), 'invented', { mode: 0o600 });
  const before = at.seq;
  let copying = true;
  const making = makeBackup(home, { file: place('keys.backup'), withKeys: true, now: 1 }, silent).finally(() => {
    copying = false;
  });
  // An agent is served all the while.
  while (copying) at = await sendNext(socket, computer, at, 10);
  withKeys = await making;
  acknowledged = { before, after: at.seq };
  plain = await makeBackup(home, { file: place('plain.backup'), withKeys: false, now: 2 }, silent);
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

async function restored(file: string, name: string): Promise<string> {
  await restoreBackup({ file: place(file), folder: place(name), despiteFaults: false }, silent);
  return place(name);
}

describe('a copy', () => {
  it('is of one moment, whatever is written meanwhile, and does not begin anew', async () => {
    using own = tempFolder();
    const [from, to] = [join(own.path, 'from'), join(own.path, 'to')];
    const source = new Database(from);
    source.pragma('journal_mode = WAL');
    source.exec('CREATE TABLE t (text TEXT)');
    const insert = source.prepare('INSERT INTO t VALUES (?)');
    for (let row = 0; row < 3000; row += 1) insert.run('x'.repeat(4000));
    writeFileSync(to, '');
    const shares: number[] = [];
    await copyDatabase(from, to, (done) => {
      shares.push(done);
      insert.run('written meanwhile');
    });
    const copy = new Database(to, { readonly: true });
    expect(copy.prepare('SELECT count(*) AS rows FROM t').get()).toEqual({ rows: 3000 });
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    copy.close();
    source.close();
  });
});

describe('a backup made while an agent is served', () => {
  it('is one verified file of the owner', () => {
    expect(withKeys).toMatchObject({
      computers: 1,
      faults: [],
      outside: [],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(statSync(withKeys.file).mode & 0o777).toBe(0o600);
    expect(
      readdirSync(folder.path)
        .filter((name) => !existsSync(join(place(name), 'settings.json')))
        .sort(),
    ).toEqual(['keys.backup', 'plain.backup']);
  });

  it('holds the keys only when asked', () => {
    const keys = ['policy-key.pem', 'second-factor-key', 'mail-password', 'tls/certificate.pem', 'tls/key.pem'];
    expect(withKeys.files).toEqual(['settings.json', ...keys]);
    expect(plain.files).toEqual(['settings.json']);
    expect(readFileSync(plain.file).includes('PRIVATE KEY')).toBe(false);
  });

  it('is never written over another file', async () => {
    const home = openHome(await restored('keys.backup', 'other'));
    await expect(makeBackup(home, { file: plain.file, withKeys: false, now: 1 }, silent)).rejects.toMatchObject({
      code: 'fileExists',
    });
    const nowhere = place('no-folder/x.backup');
    await expect(makeBackup(home, { file: nowhere, withKeys: false, now: 1 }, silent)).rejects.toMatchObject({
      code: 'backupNotWritten',
    });
  });

  it('says what does not hold, and is kept', async () => {
    const home = openHome(await restored('keys.backup', 'forged'));
    const store = new Database(home.store);
    store.exec(`UPDATE computers SET head_link = zeroblob(32) WHERE state <> 'collector'`);
    store.close();
    const made = await makeBackup(home, { file: place('forged.backup'), withKeys: true, now: 1 }, silent);
    expect(made.faults).toEqual([expect.stringMatching(/acknowledged and is not what is stored/)]);
    await expect(restored('forged.backup', 'from-forged')).rejects.toMatchObject({ code: 'backupFaulty' });
    const despite = { file: made.file, folder: place('from-forged'), despiteFaults: true };
    expect(await restoreBackup(despite, silent)).toMatchObject({ faults: made.faults });
  });
});

describe('a restored collector', () => {
  it('has every event of that moment, proved, and is the same to its agents', async () => {
    const home = await restored('keys.backup', 'elsewhere');
    await using collector = await realCollector({ folder: home });
    const { holds, computers } = await verifyStore(collector.context.store, undefined, silent);
    expect(holds).toBe(true);
    const events = computers[0]?.events ?? 0;
    expect(events).toBeGreaterThanOrEqual(acknowledged.before);
    expect(events).toBeLessThanOrEqual(acknowledged.after);
    await using socket = await greet({ ...computer, url: collector.url });
    expect(socket.welcome.stored.seq).toBe(events);
  });

  it('keeps no trace of the keys in its store', async () => {
    const home = await restored('keys.backup', 'traces');
    expect(readFileSync(join(home, 'store.sqlite')).includes('PRIVATE KEY')).toBe(false);
    expect(readFileSync(withKeys.file).includes('PRIVATE KEY')).toBe(true);
    expect(statSync(join(home, 'policy-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('gives agents a standing that is newer than any they may hold', async () => {
    const { store, close } = openStore(join(await restored('keys.backup', 'standing'), 'store.sqlite'));
    const { version } = await store.selectFrom('standing_version').select('version').executeTakeFirstOrThrow();
    await close();
    expect(version).toBeGreaterThan(1_000_000);
  });

  it('asks for its key when the backup had none', async () => {
    const home = await restored('plain.backup', 'keyless');
    expect(() => openHome(home)).toThrow(/policy-key.pem is missing. Put it back/);
    copyFileSync(join(await restored('keys.backup', 'keyed'), 'policy-key.pem'), join(home, 'policy-key.pem'));
    expect(openHome(home).settings.organisation).toBe('Test organisation');
  });
});

describe('a restore refuses', () => {
  const changed = (name: string, change: (file: string) => void) => () => {
    copyFileSync(withKeys.file, place(name));
    change(place(name));
    return place(name);
  };
  const inDatabase = (text: string) => (file: string) => {
    const database = new Database(file);
    database.exec(text);
    database.close();
  };
  const overwrite = (file: string) => {
    const bytes = readFileSync(file);
    const page = bytes.readUInt16BE(16);
    bytes.fill(0xa5, page * 12, page * 40);
    writeFileSync(file, bytes);
  };

  it.each<[string, string, RegExp, () => string]>([
    [
      'a file that is no database',
      'invalid',
      /no backup of Portcullis/,
      () => join(import.meta.dirname, 'backup.test.ts'),
    ],
    [
      'a store that is no backup',
      'invalid',
      /no backup of Portcullis/,
      changed('bare', inDatabase('DROP TABLE portcullis_backup')),
    ],
    ['damaged pages', 'backupDamaged', /damaged. Nothing was restored/, changed('damaged', overwrite)],
    [
      'a name that leads out of the folder',
      'invalid',
      /It was changed/,
      changed('name', inDatabase(`INSERT INTO portcullis_backup VALUES ('../x', x'00')`)),
    ],
    [
      'another format',
      'invalid',
      /another version/,
      changed(
        'format',
        inDatabase(`UPDATE portcullis_backup SET content = CAST('{"format":2}' AS BLOB) WHERE name = 'about.json'`),
      ),
    ],
    [
      'a newer schema',
      'backupTooNew',
      /newer version/,
      changed('newer', inDatabase(`INSERT INTO kysely_migration VALUES ('9999-future', '2030')`)),
    ],
    ['a file that is not there', 'noBackup', /no file/, () => place('nothing')],
  ])('%s', async (_what, code, says, file) => {
    const folder = place('refused');
    const restoring = restoreBackup({ file: file(), folder, despiteFaults: false }, silent);
    await expect(restoring).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
    expect(readdirSync(place('')).filter((name) => name.startsWith('refused'))).toEqual([]);
  });

  it('a folder that holds something', async () => {
    const used = await restored('keys.backup', 'used');
    const restoring = restoreBackup({ file: plain.file, folder: used, despiteFaults: true }, silent);
    await expect(restoring).rejects.toMatchObject({ code: 'homeNotEmpty' });
  });

  it('a file with another SHA-256, and takes the one that was printed', async () => {
    const request = { file: plain.file, folder: place('hashed'), despiteFaults: false };
    await expect(restoreBackup({ ...request, sha256: withKeys.sha256 }, silent)).rejects.toMatchObject({
      code: 'backupChanged',
    });
    await restoreBackup({ ...request, sha256: plain.sha256.toUpperCase() }, silent);
  });
});

describe('by commands', () => {
  const program = join(import.meta.dirname, '../../../collector/portcullis-collector.cjs');
  const typed = (home: string, ...args: string[]) => {
    const env = { ...process.env, PORTCULLIS_HOME: place(home) };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' });
    return { status, out: stdout, said: stderr };
  };

  it('a collector is restored, and backs up again with a note for the page Health', async () => {
    const file = place('typed.backup');
    expect(typed('typed', 'restore', withKeys.file, '--sha256', withKeys.sha256)).toMatchObject({
      status: 0,
      said: '',
      out: expect.stringMatching(/Test organisation as of .* 1 computers.*\n.*have to enrol anew/),
    });
    expect(typed('typed', 'restore', withKeys.file)).toMatchObject({
      status: 1,
      out: '',
      said: expect.stringMatching(/already/),
    });
    const { status, out, said } = typed('typed', 'backup', file, '--with-keys', '--json');
    expect({ status, said }).toEqual({ status: 0, said: '' });
    expect(JSON.parse(out)).toMatchObject({ file, computers: 1, faults: [], sha256: expect.any(String) });
    const { store, close } = openStore(join(place('typed'), 'collector', 'store.sqlite'), { readOnly: true });
    expect((await upkeepOf(store)).get('backup')).toMatchObject({
      well: 1,
      detail: expect.stringMatching(/with the keys/),
    });
    await close();
  });
});
