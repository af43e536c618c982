import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type PendingSave,
  type PendingSaves,
  pendingSaves,
  usualPending,
} from '../../../../agent/watchers/document-saves/pending.ts';
import type { SaveSignal } from '../../../../agent/watchers/document-saves/source.ts';

const path = '/home/anna/report.docx';
const start = Date.UTC(2026, 10, 21, 9);
const hows = ['written', 'moved', 'appeared', 'touched', 'found'] as const;

let out: PendingSave[];
let pending: PendingSaves;

/** Time of the fake timers stands for both clocks. */
const clock = { now: () => Date.now(), monotonic: () => Date.now() };

function open(most = usualPending.most): void {
  out = [];
  pending = pendingSaves(clock, (saves) => out.push(...saves), { ...usualPending, most });
}

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  open();
});
afterEach(() => {
  pending.stop();
  vi.useRealTimers();
});

describe('signals of one save', () => {
  it('are one save, whatever they are and however they fall within the quiet time', () => {
    const signals = fc.array(fc.tuple(fc.constantFrom(...hows), fc.integer({ min: 0, max: 999 })), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(signals, (given) => {
        open();
        for (const [how, wait] of given) {
          pending.add({ path, how });
          vi.advanceTimersByTime(wait);
        }
        vi.advanceTimersByTime(1000);
        expect(out.map(({ signal }) => signal.path)).toEqual([path]);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it('are handed out when the path has been quiet for a second, not before', () => {
    pending.add({ path, how: 'written' });
    vi.advanceTimersByTime(900);
    pending.add({ path, how: 'written' });
    vi.advanceTimersByTime(999);
    expect(out).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(out).toHaveLength(1);
  });

  it('go together when they are over within half a second of those before, and none waits longer', () => {
    const handedOut: number[] = [];
    pending = pendingSaves(clock, (saves) => handedOut.push(saves.length));
    for (let at = 0; at < 3000; at += 100) {
      pending.add({ path: `/home/anna/${at}.docx`, how: 'written' });
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(1500);
    expect(handedOut).toEqual([1, 5, 5, 5, 5, 5, 4]);
  });

  it('wait no longer than ten seconds however busy the path is', () => {
    for (let at = 0; at < 10_000; at += 500) {
      pending.add({ path, how: 'written' });
      vi.advanceTimersByTime(500);
    }
    expect(out).toHaveLength(1);
  });

  it('wait for the end of a long first write', () => {
    for (let at = 0; at < 60_000; at += 500) {
      pending.add({ path, how: at === 0 ? 'appeared' : 'touched' });
      vi.advanceTimersByTime(500);
    }
    expect(out).toHaveLength(0);
    vi.advanceTimersByTime(1000);
    expect(out.map(({ signal }) => signal.how)).toEqual(['appeared']);
  });

  it('keep the strongest sign, the last known actor and the time of the first', () => {
    const signals: SaveSignal[] = [
      { path, how: 'written', actor: { uid: 1000, process: 'soffice.bin' } },
      { path, how: 'touched' },
    ];
    for (const signal of signals) {
      pending.add(signal);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(1000);
    expect(out).toMatchObject([{ signal: { how: 'written', actor: { uid: 1000 } }, since: start }]);
  });
});

describe('a waiting save', () => {
  it('follows its file to another name', () => {
    pending.add({ path: '/home/anna/new.docx', how: 'written' });
    expect(pending.rename({ path: '/home/anna/new.docx' }, { path, how: 'moved' })).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(out.map(({ signal }) => signal.path)).toEqual([path]);
  });

  it.each([1, 3])('follows its file when %i renames come while it is looked for under its old name', (renames) => {
    pending.add({ path: '/home/anna/0.docx', how: 'written' });
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < renames; i++) {
      pending.rename({ path: `/home/anna/${i}.docx` }, { path: `/home/anna/${i + 1}.docx`, how: 'moved' });
    }
    for (let i = 0; i < renames; i++) {
      const [save] = out.splice(0);
      if (save) pending.vanished(save);
      vi.advanceTimersByTime(1000);
    }
    expect(out.map(({ signal }) => signal.path)).toEqual([`/home/anna/${renames}.docx`]);
  });

  it('does not follow a rename from before it was made, which was of another file', () => {
    pending.rename({ path }, { path: '/home/anna/report.docx~', how: 'moved' });
    vi.advanceTimersByTime(1);
    pending.add({ path, how: 'written' });
    vi.advanceTimersByTime(1000);
    for (const save of out.splice(0)) pending.vanished(save);
    vi.advanceTimersByTime(5000);
    expect(out).toEqual([]);
  });

  it('is not invented by a rename', () => {
    expect(pending.rename({ path: '/home/anna/old.docx' }, { path, how: 'moved' })).toBe(false);
    vi.advanceTimersByTime(20_000);
    expect(out).toHaveLength(0);
  });

  it('is known by its entry when folders above are renamed', () => {
    pending.add({ path: '/home/anna/a/x.docx', id: '7/x.docx', how: 'written' });
    pending.add({ path: '/home/anna/b/x.docx', id: '7/x.docx', how: 'written' });
    const from = { path: '/home/anna/c/x.docx', id: '7/x.docx' };
    expect(pending.rename(from, { path: '/home/anna/c/y.docx', id: '7/y.docx', how: 'moved' })).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(out.map(({ signal }) => signal.path)).toEqual(['/home/anna/c/y.docx']);
  });

  it('goes early, the earliest first, when too many wait', () => {
    open(100);
    for (let n = 0; n < 101; n++) pending.add({ path: `/home/anna/${n}.docx`, how: 'written' });
    expect(out.map(({ signal }) => signal.path)).toEqual(Array.from({ length: 10 }, (_, n) => `/home/anna/${n}.docx`));
    vi.advanceTimersByTime(1000);
    expect(out).toHaveLength(101);
  });
});
