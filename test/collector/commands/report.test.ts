import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../../collector/documents/bundle.ts';
import { createHome, openHome } from '../../../collector/home.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const program = fileURLToPath(new URL('../../../collector/portcullis-collector.cjs', import.meta.url));
const folder = tempFolder();
const place = (name: string) => join(folder.path, name);

function typed(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'report', ...args], {
    env: { ...process.env, PORTCULLIS_HOME: folder.path },
    cwd: folder.path,
    encoding: 'utf8',
  });
  return { status, out: stdout, said: stderr };
}

beforeAll(async () => {
  createHome(place('collector'), { organisation: 'Example Care', profile: 'focus' });
  const { store, close } = openStore(openHome(place('collector')).store);
  await migrate(store);
  await close();
});
afterAll(() => folder[Symbol.dispose]());

describe('reports by commands', () => {
  it('are written, kept as issued, listed, and written again byte for byte', () => {
    const made = typed('state-of-security', '--from', '2026-01-01', '--to', '2026-01-31', '--out', place('state.pdf'));
    expect(made).toEqual({
      status: 0,
      said: '',
      out: expect.stringMatching(/^State of security, January 2026: .*kept as issued/),
    });
    const [kept] = JSON.parse(typed('list', '--json').out) as {
      id: string;
      asked_by: string;
      files: { format: string; sha256: string }[];
    }[];
    expect(kept?.asked_by).toMatch(/^command by /);
    const hash = (name: string) =>
      createHash('sha256')
        .update(readFileSync(place(name)))
        .digest('hex');
    expect(kept?.files.find(({ format }) => format === 'pdf')?.sha256).toBe(hash('state.pdf'));
    expect(typed('get', kept?.id ?? '', '--out', place('again.pdf')).status).toBe(0);
    expect(hash('again.pdf')).toBe(hash('state.pdf'));
  }, 120_000);

  it('print what can be printed, and the pack is a bundle that holds', () => {
    expect(JSON.parse(typed('incidents', '--format', 'json', '--out', '-').out)).toMatchObject({
      incidents: { opened: 0, open: 0 },
    });
    expect(typed('pack', '--out', place('pack.zip'))).toMatchObject({ status: 0, said: '' });
    expect(openBundle(readFileSync(place('pack.zip'))).faults).toEqual([]);
  }, 120_000);

  it.each([
    [['lottery'], 1, /no report of this name. There are: state-of-security/],
    [['asset-register', '--from', '2026-01-01', '--to', '2026-01-31'], 1, /takes no period/],
    [['state-of-security', '--from', '2026-01-01'], 2, /needs --from and --to/],
    [['state-of-security', '--format', 'docx'], 2, /docx/],
    [['coverage', '--out', '/nowhere/at/all.csv'], 1, /could not be written/],
    [['get', 'no-such-id', '--out', 'x.pdf'], 1, /No report was issued/],
  ])(
    '%j ends with %i',
    (args, status, says) => {
      const answer = typed(...args);
      expect([answer.status, answer.said]).toEqual([status, expect.stringMatching(says)]);
    },
    60_000,
  );
});
