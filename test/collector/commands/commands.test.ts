import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, openHome } from '../../../collector/home.ts';
import { currentPolicy, profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const program = fileURLToPath(new URL('../../../collector/portcullis-collector.cjs', import.meta.url));
const folder = tempFolder();
const place = (name: string) => join(folder.path, name);

/** A command of the collector as typed, without a collector running. */
function typed(...args: string[]): { status: number | null; out: string; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { ...process.env, PORTCULLIS_HOME: folder.path },
    encoding: 'utf8',
  });
  return { status, out: stdout, said: stderr };
}
const json = (...args: string[]) => {
  const { status, out, said } = typed(...args, '--json');
  expect({ status, said }).toEqual({ status: 0, said: '' });
  return JSON.parse(out) as never;
};

beforeAll(async () => {
  createHome(place('collector'), { organisation: 'Example Care', profile: 'focus' });
  const home = openHome(place('collector'));
  const { store, close } = openStore(home.store);
  await migrate(store);
  const text = profileText('focus', 'Example Care');
  await publishPolicy(store, home.policySigner, { text, reason: 'first', publishedBy: 'init', now: 1 });
  await close();
});
afterAll(() => folder[Symbol.dispose]());

describe('the register by commands', () => {
  it('takes a list whole or not at all', () => {
    writeFileSync(place('bad.csv'), 'serial,holder,approver\nEX1,Ward 7,Head\n000,Ward 7,Head\n');
    expect(typed('media', 'import', place('bad.csv'))).toMatchObject({
      status: 1,
      said: expect.stringMatching(/Nothing was imported\.\nLine 3: The serial number is blank or only zeros/),
    });
    expect(json('media', 'list')).toEqual([]);
    writeFileSync(place('good.csv'), 'serial,holder,approver,expires\nEX1,Ward 7,Head,2030-12-31\nEX2,Ward 8,Head,\n');
    expect(json('media', 'import', place('good.csv'))).toEqual({ issued: 2 });
    expect(json('media', 'return', 'EX2', '--by', 'analyst', '--note', 'left the team')).toMatchObject({
      state: 'returned',
    });
    expect(typed('media', 'list').out).toMatch(/EX1 +issued +Ward 7 +until .*\nEX2 +returned/);
  });
});

describe('approvals by commands', () => {
  it('are granted, listed and revoked', () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const grant = ['--kind', 'media', '--approver', 'Head', '--reason', 'x', '--reference', 'IG-1', '--to', tomorrow];
    const { id } = json('approval', 'grant', ...grant, '--serial', 'EX1', '--rights', 'read,write') as { id: string };
    expect(json('approval', 'list')).toMatchObject([
      { approval: { id, rights: ['read', 'write'] }, state: 'in force' },
    ]);
    expect(json('approval', 'revoke', id)).toMatchObject({ revoked: true });
    expect(typed('approval', 'list').out).toMatch(/media +revoked +IG-1/);
    expect(typed('approval', 'grant', ...grant, '--serial', 'EX1', '--rights', 'fly').status).toBe(2);
  });
});

describe('a computer by commands', () => {
  it('is put somewhere, and a computer nobody knows is not', async () => {
    const { store, close } = openStore(openHome(place('collector')).store);
    const made = { publicKey: 'key', hostname: 'LT-1', version: '0.1.0', now: 1 };
    const id = await store.transaction().execute((tx) => addComputer(tx, made));
    await close();
    expect(json('computer', 'place', 'LT-1', '--site', 'North', '--groups', 'nursing, ward')).toEqual({
      id,
      hostname: 'LT-1',
      site: 'North',
      groups: ['nursing', 'ward'],
    });
    expect(typed('computer', 'place', 'LT-1', '--groups', '').out).toBe('LT-1 belongs to North.\n');
    expect(typed('computer', 'place', 'LT-9', '--site', 'North').status).toBe(1);
    expect(typed('computer', 'place', 'LT-1').status).toBe(2);
  });
});

describe('a break-glass report by command', () => {
  it('ends with status 1 when no such code was typed in', () => {
    expect(typed('code', 'report', '7K3M-9QXV')).toMatchObject({ status: 1, said: expect.stringMatching(/No code/) });
  });
});

describe('the policy by commands', () => {
  const agreed = ['--reason', 'a test', '--approver', 'Head'];
  const write = (name: string, text: string) => {
    writeFileSync(place(name), text);
    return place(name);
  };

  it('is looked over: what is wrong ends with status 1 and a line', () => {
    const good = write('good.yaml', profileText('focus', 'Example Care'));
    expect(typed('policy', 'lint', good).status).toBe(0);
    const bad = write('bad.yaml', profileText('focus', 'Example Care').replace('mode: report', 'mode: perhaps'));
    const { status, out } = typed('policy', 'lint', bad, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ level: 'error', check: 'invalid', line: expect.any(Number) }]);
    expect(typed('policy', 'publish', bad, ...agreed).status).toBe(1);
  });

  it('is tried out on what is stored, then published, and rolled back', () => {
    const draft = write('draft.yaml', profileText('focus', 'Example Care').replace(/^title: .*$/m, 'title: Second'));
    expect(json('policy', 'replay', draft)).toMatchObject({ events: 0, newlyBlocked: [], newlyAllowed: [] });
    expect(json('policy', 'publish', draft, ...agreed)).toMatchObject({ version: 2 });
    expect(json('policy', 'rollback', '1', ...agreed)).toMatchObject({ version: 3 });
    expect(typed('policy', 'show', '3').out).toContain('organisation: "Example Care"');
    expect(typed('policy', 'rollback', '9', ...agreed).status).toBe(1);
    expect(typed('policy', 'publish', draft, '--reason', 'x').status).toBe(2);
  });

  it('is enforced only when it is said so twice', async () => {
    expect(typed('policy', 'enforce', ...agreed)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/Nothing was published/),
    });
    expect(json('policy', 'enforce', '--yes', ...agreed)).toMatchObject({
      published: 4,
      replay: { basis: 'enforced' },
    });
    const { store, close } = openStore(openHome(place('collector')).store);
    expect((await currentPolicy(store))?.policy.mode).toBe('enforce');
    await close();
  });

  it('is carried over from another product, into a whole policy', () => {
    const usbguard = write('rules.conf', 'allow id 0781:5581 serial "EX1"\nblock\n');
    const base = write('base.yaml', profileText('focus', 'Example Care'));
    const { status, out } = typed('policy', 'import', usbguard, '--from', 'usbguard', '--into', base, '--json');
    expect([0, 1]).toContain(status);
    const { yaml } = JSON.parse(out) as { yaml: string };
    expect(typed('policy', 'lint', write('carried.yaml', yaml)).out).not.toContain('invalid');
    expect(yaml).toContain('EX1');
  });
});
