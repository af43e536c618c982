import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseStatus } from '../../../../agent/platform/actor.linux.ts';
import { placeOf } from '../../../../agent/watchers/document-saves/places.ts';
import { readSurroundings } from '../../../../agent/watchers/document-saves/surroundings.linux.ts';

const mountinfo = `22 27 0:21 / /proc rw - proc proc rw
27 1 259:2 / / rw,relatime - ext4 /dev/nvme0n1p2 rw
30 27 8:17 / /media/anna/STICK rw - vfat /dev/sdb1 rw
31 27 0:50 / /home/bert rw - nfs4 server:/homes/bert rw
32 27 0:51 / /home/anna/Drive rw - fuse.rclone remote: rw
33 27 0:52 / /tmp rw - tmpfs tmpfs rw
34 27 8:33 / /data rw - ext4 /dev/sdc1 rw
35 34 0:53 / /data rw - nfs4 server:/data rw
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-around-'));
  mkdirSync(join(folder, 'proc/self'), { recursive: true });
  writeFileSync(join(folder, 'proc/self/mountinfo'), mountinfo);
  writeFileSync(join(folder, 'passwd'), 'anna:x:1000:1000::/home/anna:/bin/sh\nbert:x:1001:1001::/home/bert:/bin/sh\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read() {
  return readSurroundings({
    proc: join(folder, 'proc'),
    passwd: join(folder, 'passwd'),
    homes: join(folder, 'no-homes'),
    isRemovable: async ({ device }) => device === '8:17',
  });
}

describe('what is read of a computer', () => {
  it.each([
    ['/home/anna/Desktop/x.docx', 'desktop'],
    ['/home/anna/Drive/x.docx', 'cloud-sync'],
    ['/home/bert/Desktop/x.docx', 'personal-network'],
    ['/media/anna/STICK/x.docx', 'removable'],
    ['/tmp/x.docx', 'temporary'],
    ['/data/x.docx', 'shared'],
    ['/proc/x.docx', null],
    ['/srv/x.docx', 'local-fixed'],
  ])('tells that %s is %s', async (path, place) => {
    expect(placeOf(path, await read())).toBe(place);
  });

  it('names the users', async () => {
    expect((await read()).users).toEqual(
      new Map([
        [1000, 'anna'],
        [1001, 'bert'],
      ]),
    );
  });

  it('is nothing without the list of mounts', async () => {
    rmSync(join(folder, 'proc/self/mountinfo'));
    await expect(read()).rejects.toThrow('ENOENT');
  });
});

describe('a process’s status', () => {
  const status =
    'Name:\tsoffice.bin\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t0\t0\t0\nGid:\t1000\t1000\t1000\t1000\n';
  const users = new Map([[1000, 'anna']]);

  it('gives the program and its real user', () => {
    expect(parseStatus(status, users)).toEqual({ uid: 1000, user: 'anna', process: 'soffice.bin' });
  });

  it('may carry any name, which is made harmless', () => {
    const hostile = status.replace('soffice.bin', '\u202Eevil\u0007');
    expect(parseStatus(hostile, users)?.process).toBe('\uFFFDevil\uFFFD');
  });

  it('without a user gives nothing', () => {
    expect(parseStatus('', users)).toBeUndefined();
  });
});
