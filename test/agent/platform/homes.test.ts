import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findHomes, type HomeRoots } from '../../../agent/platform/homes.linux.ts';

let folder: string;
let roots: HomeRoots;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-homes-'));
  roots = { passwd: join(folder, 'passwd'), home: join(folder, 'home'), proc: join(folder, 'proc') };
  await mkdir(join(roots.proc, 'self'), { recursive: true });
  await writeFile(join(roots.proc, 'self/mountinfo'), '');
  await writeFile(roots.passwd, `pat:x:1000:1000::${folder}/else/pat:/bin/sh\n`);
  for (const name of ['else/pat', 'home/sam', 'home/alex']) await mkdir(join(folder, name), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mounted = (place: string) => `36 25 0:32 / ${place} rw shared:1 - nfs4 server:/homes rw\n`;

it('finds homes by the password file and by lying in /home, but follows no link', async () => {
  await symlink(join(folder, 'else/pat'), join(roots.home, 'link'));
  const homes = await findHomes(roots);
  expect(homes.folders.sort()).toEqual([`${folder}/else/pat`, `${folder}/home/alex`, `${folder}/home/sam`]);
  expect(homes.limits).toEqual([]);
});

it('leaves a home on a network drive alone and says so', async () => {
  await writeFile(join(roots.proc, 'self/mountinfo'), mounted(`${folder}/home/sam`));
  const homes = await findHomes(roots);
  expect(homes.folders.sort()).toEqual([`${folder}/else/pat`, `${folder}/home/alex`]);
  expect(homes.limits).toEqual(['1 homes on a network drive are left out.']);
});

it('does not even list /home when it is a network drive', async () => {
  await writeFile(join(roots.proc, 'self/mountinfo'), mounted(roots.home));
  expect((await findHomes(roots)).folders).toEqual([`${folder}/else/pat`]);
});

it('looks nowhere while it cannot tell which drives are local', async () => {
  await rm(join(roots.proc, 'self/mountinfo'));
  await expect(findHomes(roots)).rejects.toThrow('list of mounts');
});

const isRoot = process.getuid?.() === 0;
it.skipIf(isRoot)(
  `says that a home is closed to the agent${isRoot ? ' (needs an ordinary account)' : ''}`,
  async () => {
    await chmod(join(roots.home, 'sam'), 0);
    const homes = await findHomes(roots);
    await chmod(join(roots.home, 'sam'), 0o700);
    expect(homes.limits).toEqual(['1 homes may not be read by the agent.']);
  },
);
