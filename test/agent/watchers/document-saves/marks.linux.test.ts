import { describe, expect, it } from 'vitest';
import { PortcullisError } from '#shared/errors.ts';
import { markFilesystems } from '../../../../agent/watchers/document-saves/marks.linux.ts';
import { type MountKind, plainHome } from '../../../../agent/watchers/document-saves/places.ts';
import type { LinuxMount, LinuxSurroundings } from '../../../../agent/watchers/document-saves/surroundings.linux.ts';

function mount(mountPoint: string, kind: MountKind, over: Partial<LinuxMount> = {}): LinuxMount {
  const plain = { device: mountPoint, root: '/', filesystem: 'ext4', source: 'x', readOnly: false, options: [] };
  return { ...plain, mountPoint, kind, ...over };
}
function around(homes: string[], mounts: LinuxMount[]): LinuxSurroundings {
  const deepestFirst = mounts.toSorted((a, b) => b.mountPoint.length - a.mountPoint.length);
  return { homes: homes.map(plainHome), mounts: deepestFirst, users: new Map(), mountText: '' };
}

/** Marks all but the refused, and gives each mount point its device's id. */
function fakeCalls(surroundings: LinuxSurroundings, refused: string[] = []) {
  const marked: string[] = [];
  const deviceOf = (path: string) => surroundings.mounts.find(({ mountPoint }) => mountPoint === path)?.device ?? '';
  const calls = {
    mark(path: string) {
      if (refused.includes(path)) throw new PortcullisError('EXDEV', 'fanotify_mark: EXDEV');
      marked.push(path);
    },
    filesystemOf: deviceOf,
  };
  return { calls, marked };
}
const wantsNone = () => false;

describe('file systems that are marked', () => {
  it('are local disks where people save, and none else', () => {
    const here = around(
      ['/home/anna'],
      [
        mount('/', 'disk'),
        mount('/data', 'disk'),
        mount('/boot', 'disk'),
        mount('/var/lib/docker', 'disk'),
        mount('/mnt/team', 'network'),
        mount('/media/STICK', 'removable'),
        mount('/tmp', 'memory'),
        mount('/proc', 'system'),
        mount('/mnt/cd', 'disk', { readOnly: true }),
      ],
    );
    const { calls, marked } = fakeCalls(here);
    markFilesystems(calls, here, wantsNone);
    expect(marked.sort()).toEqual(['/', '/data']);
  });

  it('are memory too where the policy asks for temporary places', () => {
    const here = around([], [mount('/', 'disk'), mount('/tmp', 'memory'), mount('/run', 'memory')]);
    const { calls, marked } = fakeCalls(here);
    markFilesystems(calls, here, (path) => path.startsWith('/tmp/'));
    expect(marked.sort()).toEqual(['/', '/tmp']);
  });

  it('are those of homes wherever a home is', () => {
    const here = around(['/var/lib/anna'], [mount('/', 'disk'), mount('/var/lib/anna', 'disk')]);
    const { calls, marked } = fakeCalls(here);
    expect(markFilesystems(calls, here, wantsNone).covers('/var/lib/anna/x.docx')).toBe(true);
    expect(marked).toContain('/var/lib/anna');
  });

  it('are reported when they cannot be marked', () => {
    const here = around(['/home/anna'], [mount('/', 'disk'), mount('/home', 'disk', { filesystem: 'btrfs' })]);
    const marks = markFilesystems(fakeCalls(here, ['/home']).calls, here, wantsNone);
    expect(marks.failed).toEqual([{ filesystem: 'btrfs', code: 'EXDEV' }]);
    expect(marks.covers('/home/anna/x.docx')).toBe(false);
    expect(marks.covers('/data/x.docx')).toBe(true);
  });
});

describe('a home bound to another place', () => {
  const here = around(
    ['/home/anna'],
    [mount('/', 'disk'), mount('/data', 'disk'), mount('/home', 'disk', { device: '/data', root: '/homes' })],
  );
  const marks = markFilesystems(fakeCalls(here).calls, here, wantsNone);

  it('is reached through the mount that shows everything', () => {
    expect(marks.mountPointOf('/data')).toBe('/data');
  });

  it.each([
    ['/data/homes/anna/Desktop/x.docx', '/home/anna/Desktop/x.docx'],
    ['/data/homestead/x.docx', '/data/homestead/x.docx'],
    ['/data/x.docx', '/data/x.docx'],
    ['/home/anna/x.docx', '/home/anna/x.docx'],
    ['/x.docx', '/x.docx'],
  ])('%s goes by the name %s', (path, visible) => {
    expect(marks.visible(path)).toBe(visible);
  });
});
