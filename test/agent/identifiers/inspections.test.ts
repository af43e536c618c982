import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type IdentifierSettings, identifierSettings } from '#shared/policy/identifiers.ts';
import { type FileToInspect, type Inspections, inspections } from '../../../agent/identifiers/inspections.ts';
import { openSeen } from '../../../agent/identifiers/seen.ts';
import { type FakeInspector, fakeInspector, textWith } from '../../fakes/inspector.ts';

const day = 24 * 60 * 60 * 1000;
const key = Buffer.alloc(32, 5);
let folder: string;
let inspector: FakeInspector;
let settings: IdentifierSettings;
let clock: { time: number; now(): number; monotonic(): number };
let open: Inspections[];
let made: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-inspections-'));
  inspector = fakeInspector();
  settings = { ...identifierSettings(null), cpuShare: 100 };
  clock = { time: Date.UTC(2026, 10, 21, 9), now: () => clock.time, monotonic: () => clock.time };
  open = [];
  made = 0;
});
afterEach(async () => {
  inspector.release();
  for (const one of open) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Inspections {
  const seen = openSeen(join(folder, 'seen.sqlite'), clock.now);
  const makeInspector = () => {
    made++;
    return inspector;
  };
  const one = inspections({ settings: () => settings, makeInspector, seen, key, clock });
  open.push(one);
  return one;
}

function file(name: string, text: string, more: Partial<FileToInspect> = {}): FileToInspect {
  const path = join(folder, name);
  writeFileSync(path, text);
  return { path, state: statSync(path), urgency: 'soon', ...more };
}

const toStick = (user: string) => ({ transfer: { place: 'removable' as const, actor: { user } } });

describe('a file', () => {
  it('is looked into once per content, whatever its name', async () => {
    const one = start();
    const first = await one.inspect(file('a.txt', textWith(3)));
    const second = await one.inspect(file('b.txt', textWith(3)));
    expect(first.findings.inspection).toMatchObject({ status: 'inspected', band: '1-9' });
    expect(second).toEqual(first);
    expect(inspector.looked).toEqual(['a.txt']);
  });

  it('is looked into again when its content changed', async () => {
    const one = start();
    await one.inspect(file('a.txt', textWith(3)));
    expect((await one.inspect(file('a.txt', textWith(12)))).findings.inspection.band).toBe('10-49');
  });

  it('is known after a restart, by its state and these settings only', async () => {
    const first = start();
    const { state } = file('a.txt', textWith(3));
    expect(first.known(state)).toBeUndefined();
    await first.inspect({ path: join(folder, 'a.txt'), state, urgency: 'whenever' });
    await first.close();
    const second = start();
    expect(second.known(state)).toBe('1-9');
    expect(second.known({ ...state, mtimeMs: state.mtimeMs + 1 })).toBeUndefined();
    settings = { ...settings, drill: true };
    expect(second.known(state)).toBeUndefined();
  });

  it('has a verdict even when it is gone, or is a link', async () => {
    const one = start();
    const gone = file('gone.txt', textWith(3));
    rmSync(String(gone.path));
    expect((await one.inspect(gone)).findings.inspection.status).toBe('failed');
    symlinkSync('/etc/passwd', join(folder, 'link'));
    const link = { path: join(folder, 'link'), state: statSync(folder), urgency: 'soon' as const };
    expect((await one.inspect(link)).findings.seenOnShared).toBe('unknown');
  });

  it('leaves nothing of its content or name on the disk', async () => {
    const one = start();
    await one.inspect(file('person-1.txt', textWith(3)));
    await one.noteShared(join(folder, 'person-1.txt'), 10);
    await one.close();
    expect(readFileSync(join(folder, 'seen.sqlite'), 'latin1')).not.toContain('person');
  });
});

describe('files that wait', () => {
  it('are taken urgent ones first, small before large, and show in the backlog', async () => {
    const one = start();
    inspector.hold();
    const busy = [file('busy1', '1'), file('busy2', '12')].map((each) => one.inspect(each));
    await vi.waitFor(() => expect(inspector.looked).toHaveLength(2));
    const later = file('later', 'x', { urgency: 'whenever' });
    const waiting = [later, file('large', 'y'.repeat(5000)), file('small', 'z')].map((each) => one.inspect(each));
    clock.time += 90_000;
    expect(one.backlog()).toMatchObject({ files: 5, bytes: 1 + 2 + 1 + 5000 + 1, longestMilliseconds: 90_000 });
    inspector.release();
    await Promise.all([...busy, ...waiting]);
    expect(inspector.looked.slice(2)).toEqual(['small', 'large', 'later']);
    expect(one.backlog()).toEqual({ files: 0, bytes: 0, longestMilliseconds: 0 });
  });

  it('have a verdict when the agent ends', async () => {
    const one = start();
    inspector.hold();
    const all = ['a', 'b', 'c', 'd'].map((name) => one.inspect(file(name, name)));
    await vi.waitFor(() => expect(inspector.looked).toHaveLength(2));
    const closing = one.close();
    inspector.release();
    await closing;
    const statuses = (await Promise.all(all)).map(({ findings }) => findings.inspection.status);
    expect(statuses.slice(2)).toEqual(['failed', 'failed']);
    open = [];
  });

  it('are looked into by other settings once the policy says so', async () => {
    const one = start();
    await one.inspect(file('a', 'a'));
    await one.inspect(file('b', 'b'));
    expect(made).toBe(1);
    settings = { ...settings, drill: true };
    await one.inspect(file('a', 'a'));
    expect(made).toBe(2);
    expect(inspector.closed).toBe(true);
    expect(inspector.looked).toEqual(['a', 'b', 'a']);
  });
});

describe('bulk', () => {
  it('is one file with as many people as the policy says', async () => {
    const one = start();
    const { findings, bulk } = await one.inspect(file('a', textWith(60), toStick('anna')));
    expect(findings.isBulk).toBe(true);
    expect(bulk).toMatchObject({
      kind: 'identifiers.bulk-reached',
      data: { scope: 'file', band: '50-99', bulkFrom: 50, place: 'removable' },
      actor: { user: 'anna' },
    });
  });

  it('is no matter of files that stay on the computer', async () => {
    expect((await start().inspect(file('a', textWith(60)))).bulk).toBeUndefined();
  });

  it('is reached by one user over many files of a day, counted as distinct people, and told once', async () => {
    const one = start();
    const told = async (name: string, people: number, from: number, user = 'anna') =>
      (await one.inspect(file(name, textWith(people, from), toStick(user)))).bulk?.data.scope;
    expect(await told('a', 30, 1)).toBeUndefined();
    expect(await told('same people', 30, 1)).toBeUndefined();
    expect(await told('other user', 30, 31, 'ben')).toBeUndefined();
    expect(await told('b', 20, 31)).toBe('user-day');
    expect(await told('c', 40, 61)).toBeUndefined();
    clock.time += day;
    expect(await told('next day', 30, 101)).toBeUndefined();
    expect(await told('next day 2', 30, 131)).toBe('user-day');
  });

  it('is counted for a content known from the day before', async () => {
    const one = start();
    await one.inspect(file('a', textWith(30), toStick('anna')));
    clock.time += day;
    await one.inspect(file('a', textWith(30), toStick('anna')));
    const { bulk } = await one.inspect(file('b', textWith(30, 31), toStick('anna')));
    expect(bulk?.data).toMatchObject({ scope: 'user-day', band: '50-99' });
  });
});

describe('a copy on a shared place', () => {
  const asked = async (one: Inspections, text: string) => (await one.inspect(file('copy', text))).findings.seenOnShared;

  it('is known when its content was seen there', async () => {
    const one = start();
    const { path, state } = file('original', textWith(2));
    await one.noteShared(path, state.size);
    expect(await asked(one, textWith(2))).toBe('yes');
    expect(await asked(one, textWith(3))).toBe('unknown');
  });

  it('is said not to have been seen only after a day without a gap', async () => {
    const one = start();
    one.sharedMissed(true);
    clock.time += day - 1;
    expect(await asked(one, 'text')).toBe('unknown');
    clock.time += 1;
    expect(await asked(one, 'text')).toBe('no');
    one.sharedMissed(true);
    expect(await asked(one, 'text')).toBe('unknown');
  });

  it('is never said not to have been seen where nobody looks', async () => {
    const one = start();
    one.sharedMissed(false);
    clock.time += 2 * day;
    expect(await asked(one, 'text')).toBe('unknown');
  });
});
