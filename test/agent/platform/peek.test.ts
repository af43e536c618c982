import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { peekAt } from '../../../agent/platform/peek.linux.ts';
import { linuxTree } from '../../fakes/linux-tree.ts';

describe('peeking at lists of the kernel', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells once of each change, of a list that appears, and nothing after it was stopped', () => {
    using tree = linuxTree();
    const changed = vi.fn();
    const files = [`${tree.roots.proc}/self/mountinfo`, `${tree.roots.proc}/swaps`];
    const stop = peekAt(() => files, 1_000, changed);
    vi.advanceTimersByTime(3_000);
    expect(changed).toHaveBeenCalledTimes(0);
    tree.proc('swaps', 'Filename\n');
    vi.advanceTimersByTime(3_000);
    expect(changed).toHaveBeenCalledTimes(1);
    tree.mount('8:1 / / rw - ext4 /dev/sda1 rw');
    vi.advanceTimersByTime(1_000);
    expect(changed).toHaveBeenCalledTimes(2);
    stop();
    tree.unmountAll();
    vi.advanceTimersByTime(3_000);
    expect(changed).toHaveBeenCalledTimes(2);
  });
});
