import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answered, answerOf, done, type Programs, programs } from './programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let here: Programs;
beforeAll(async () => {
  here = await programs();
  here.startAgent(0);
  await vi.waitFor(
    async () => expect(JSON.parse((await here.collector('events', '--json')).stdout).length).toBeGreaterThan(1),
    { timeout: 30_000, interval: 200 },
  );
});
afterAll(() => here[Symbol.asyncDispose]());

type Program = 'agent' | 'collector';
const commands: [Program, names: string][] = [
  ...['', 'run', 'enrol', 'status', 'coverage', 'inventory'].map((names): [Program, string] => ['agent', names]),
  ...[
    '',
    'init',
    'serve',
    'start',
    'token',
    'token create',
    'account',
    'people',
    'audit',
    'computers',
    'events',
    'export',
    'export events',
    'export status',
    'disclosure',
    'alerts',
    'verify',
  ].map((names): [Program, string] => ['collector', names]),
];
const words = (names: string) => names.split(' ').filter((name) => name !== '');

describe('every command', () => {
  it.each(commands)('%s %s explains itself with --help', async (program, names) => {
    const { status, stdout, stderr } = await here[program](...words(names), '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: portcullis-${program}${names && ` ${names}`} `));
    expect(stdout.split('\n').length).toBeGreaterThan(4);
  });

  it.each<[Program, string]>([
    ['agent', ''],
    ['agent', 'status'],
    ['collector', ''],
    ['collector', 'verify'],
    ['collector', 'token create'],
  ])('%s %s refuses an option it does not have, on standard error', async (program, names) => {
    const { status, stdout, stderr } = await here[program](...words(names), '--nonsense');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain("unknown option '--nonsense'");
  });

  it.each<[Program, string]>([
    ['agent', 'status'],
    ['agent', 'coverage'],
    ['collector', 'computers'],
    ['collector', 'events'],
    ['collector', 'alerts'],
    ['collector', 'verify'],
  ])('%s %s answers people and, with --json, programs', async (program, name) => {
    const plain = await done(here[program](name));
    expect(plain.stdout.trim()).not.toBe('');
    const { stdout, stderr } = await done(here[program](name, '--json'));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });
});

describe('exit status', () => {
  it.each<[status: number, says: RegExp, Program, args: string]>([
    [2, /unknown command 'frobnicate'/, 'collector', 'frobnicate'],
    [2, /required option '--collector <url>'/, 'agent', 'enrol'],
    [2, /Allowed choices are info, low, medium, high, critical/, 'collector', 'alerts --severity loud'],
    [2, /"media.exploded" is no kind of event/, 'collector', 'events --kind media.exploded'],
    [2, /"yesterday" is no time/, 'collector', 'events --since yesterday'],
    [1, /No computer has this id/, 'collector', 'verify --computer NOBODY'],
    [1, /No computer has this id/, 'collector', 'events --computer NOBODY'],
    [1, /enrolled already/, 'agent', 'enrol --collector https://127.0.0.1:1 --code x'],
    [1, /not an enrolment code/, 'agent', 'enrol --replace --collector https://127.0.0.1:1 --code x'],
    [1, /no collector address/, 'agent', 'enrol --replace --collector collector --code x'],
  ])('is %i and standard error says %s for %s %s', async (status, says, program, args) => {
    const answer = await here[program](...words(args));
    expect(answer).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(says) });
    expect(answer.stderr).not.toMatch(/\n\s+at /);
  });

  it('is 1 for a second agent with the same home, which says so', async () => {
    expect(await here.agent('run')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Another agent is running'),
    });
  });

  it('is 1 and a plain sentence where nothing was set up', async () => {
    const elsewhere = join(here.home, 'elsewhere');
    const env = { ...process.env, PORTCULLIS_HOME: elsewhere };
    const ask = (program: Program, ...args: string[]): Promise<Answered> =>
      answerOf(process.execPath, [join(root, program, `portcullis-${program}.cjs`), ...args], env);
    expect(await ask('collector', 'computers')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Run "portcullis-collector init" first'),
    });
    expect(await ask('agent', 'status')).toMatchObject({ status: 1, stderr: expect.stringContaining('not enrolled') });
    expect(await ask('collector', 'init')).toMatchObject({ status: 0 });
    expect(await ask('collector', 'computers')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Was the collector ever started'),
    });
    rmSync(elsewhere, { recursive: true });
  });

  it('is 2 for a port that is none', async () => {
    const env = { ...process.env, PORTCULLIS_HOME: here.home, PORTCULLIS_PORT: 'many' };
    const answer = await answerOf(
      process.execPath,
      [join(root, 'collector', 'portcullis-collector.cjs'), 'serve'],
      env,
    );
    expect(answer).toMatchObject({ status: 2, stderr: expect.stringContaining('PORTCULLIS_PORT is a number') });
  });
});

describe('from the checkout', () => {
  it.each([
    ['npx portcullis-agent', ['npx', 'portcullis-agent', '--version']],
    ['npm exec -- portcullis-collector', ['npm', 'exec', '--', 'portcullis-collector', '--version']],
  ])('%s works', async (_what, [file = '', ...args]) => {
    const { status, stdout } = await answerOf(file, args);
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });

  const older = olderNode();
  it.skipIf(older === undefined).each(['agent', 'collector'])(
    `%s says in one line that it needs another Node${older === undefined ? ' (skipped: no Node older than 24 is installed)' : ''}`,
    (program) => {
      const { status, stdout, stderr } = spawnSync(
        older ?? '',
        [join(root, program, `portcullis-${program}.cjs`), '--help'],
        { encoding: 'utf8' },
      );
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^Portcullis needs Node 24 and this is Node \d+\.[^\n]*"npm ci"[^\n]*\n$/);
    },
  );
});

function olderNode(): string | undefined {
  const file = '/usr/bin/node';
  if (!existsSync(file)) return undefined;
  const [, major] = /^v(\d+)/.exec(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
  return Number(major) < 24 ? file : undefined;
}
