import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHome, openHome } from '../../../collector/home.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const program = fileURLToPath(new URL('../../../collector/portcullis-collector.cjs', import.meta.url));
const folder = tempFolder();
const place = (name: string) => join(folder.path, name);

function typed(...args: string[]) {
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
  createHome(place('collector'), { organisation: 'Example Care', profile: 'ccg' });
  const { store, close } = openStore(openHome(place('collector')).store);
  await migrate(store);
  await close();
});
afterAll(() => folder[Symbol.dispose]());

describe('accounts by commands', () => {
  it('are made with a first password, listed, reset, unlocked and taken out of use', () => {
    const made = json('account', 'create', 'Pat', '--name', 'Pat Example', '--role', 'auditor') as { password: string };
    expect(made.password).toHaveLength(23);
    const reset = json('account', 'reset', 'pat') as { password: string };
    expect(reset.password).not.toBe(made.password);
    expect(typed('account', 'unlock', 'pat')).toMatchObject({ status: 0, said: '' });
    expect(typed('account', 'disable', 'pat').status).toBe(0);
    expect(json('account', 'list')).toMatchObject([{ username: 'pat', role: 'auditor', state: 'disabled' }]);
  }, 120_000);

  it('refuse what is not there, and roles that are none', () => {
    expect(typed('account', 'unlock', 'nobody')).toMatchObject({
      status: 1,
      said: expect.stringMatching(/no account/),
    });
    expect(typed('account', 'create', 'sam', '--name', 'Sam', '--role', 'emperor').status).toBe(2);
    expect(typed('account', 'create', 'Pat', '--name', 'Pat', '--role', 'auditor').status).toBe(1);
  }, 60_000);

  it('print the sealed password once', () => {
    expect(json('account', 'break-glass')).toMatchObject({
      username: 'break-glass',
      password: expect.stringMatching(/^.{23}$/),
    });
    expect(typed('account', 'list').out).not.toMatch(/password/);
  }, 60_000);
});

describe('people by commands', () => {
  it('are shown first and imported when told to, with each fault by its line', () => {
    writeFileSync(place('bad.csv'), 'reference,name\nE1,\n');
    expect(typed('people', 'import', place('bad.csv'))).toMatchObject({
      status: 1,
      said: expect.stringMatching(/Line 2: There is no name/),
    });
    writeFileSync(
      place('good.csv'),
      'reference,name,team,accounts\nE1,Pat Example,Reception,FOCUS\\pat\nE2,=Sam,,sam\n',
    );
    expect(typed('people', 'import', place('good.csv')).out).toMatch(
      /add +E1 +Pat Example[\s\S]*Nothing was changed\. Add --apply/,
    );
    expect(json('people', 'import', place('good.csv'))).toMatchObject({
      applied: false,
      changes: [{ kind: 'add' }, { kind: 'add' }],
    });
    expect(json('people', 'import', place('good.csv'), '--apply')).toMatchObject({ applied: true, unchanged: 0 });
    expect(json('people', 'import', place('good.csv'), '--apply')).toMatchObject({ changes: [], unchanged: 2 });
    expect(json('people', 'whose', 'focus\\PAT')).toMatchObject({ reference: 'E1' });
    expect(typed('people', 'whose', 'nobody').status).toBe(1);
    expect(typed('people', 'export', place('out.csv')).status).toBe(0);
    expect(readFileSync(place('out.csv'), 'utf8')).toContain("'=Sam");
  }, 120_000);
});

describe('the audit trail by commands', () => {
  it('holds what the commands did, and proves it', () => {
    const { head, ...verified } = json('audit', 'verify') as { head: string };
    expect(verified).toMatchObject({ holds: true });
    expect(typed('audit', 'verify', '--head', head).status).toBe(0);
    const forged = head.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect(typed('audit', 'verify', '--head', forged)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/BROKEN/),
    });
    expect(typed('audit', 'verify', '--head', 'x').status).toBe(1);
    const actions = (json('audit', 'list') as { action: string }[]).map(({ action }) => action);
    for (const action of ['account.created', 'password.reset', 'break-glass.made', 'people.imported'])
      expect(actions).toContain(action);
  }, 60_000);
});
