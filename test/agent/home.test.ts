import { expect, test } from 'vitest';
import { refuseForeign } from '../../agent/home.ts';

const [program, folder] = ['C:/Program Files/Portcullis agent/bin/node.exe', 'C:/ProgramData/Portcullis'];
const user = 'S-1-5-21-1-2-3-1001';
const owners = (of: Record<string, string | undefined>) => ({ ownerOf: (path: string) => of[path] });

test.each([
  ['the system', 'S-1-5-18', 'S-1-5-18'],
  ['administrators', 'S-1-5-32-544', 'S-1-5-18'],
  ['the owner of the program itself', user, user],
  ['nobody who could be told', undefined, 'S-1-5-18'],
])('a home that belongs to %s is used', (_, owner, own) => {
  expect(() => refuseForeign([folder], owners({ [folder]: owner, [program]: own }), program)).not.toThrow();
});

test('a home that a user made before the agent came is refused, with how to mend it', () => {
  const security = owners({ [folder]: user, [program]: 'S-1-5-18' });
  expect(() => refuseForeign([folder], security, program)).toThrow(/ProgramData\/Portcullis was made by .* remove it/);
});
