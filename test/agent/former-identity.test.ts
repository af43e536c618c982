import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { putAsideFormerIdentity } from '../../agent/former-identity.ts';
import { agentHome } from '../../agent/home.ts';
import { takeLock } from '../../agent/lock.ts';
import { tempFolder } from '../fakes/temp-folder.ts';

const files = ['identity.json', 'spool.sqlite', 'spool.sqlite-wal', 'sequence.json', 'policy.json'];

function usedHome(folder: string) {
  for (const file of [...files, 'agent.log']) writeFileSync(join(folder, file), 'former');
  return agentHome(folder);
}

it('moves everything of the former identity aside and deletes nothing', () => {
  using folder = tempFolder();
  putAsideFormerIdentity(usedHome(folder.path), 7);
  expect(readdirSync(join(folder.path, 'former-7')).sort()).toEqual([...files].sort());
  expect(readdirSync(folder.path)).toContain('agent.log');
});

it('touches nothing while an agent uses the home', () => {
  using folder = tempFolder();
  const home = usedHome(folder.path);
  const lock = takeLock(home.lock);
  expect(() => putAsideFormerIdentity(home, 7)).toThrow(/Another agent is running/);
  lock.release();
  expect(readdirSync(folder.path)).toEqual(expect.arrayContaining(files));
});

it('leaves a new home as it is', () => {
  using folder = tempFolder();
  putAsideFormerIdentity(agentHome(folder.path), 7);
  expect(readdirSync(folder.path)).toEqual([]);
});
