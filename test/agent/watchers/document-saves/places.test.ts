import { describe, expect, it } from 'vitest';
import { type Home, type MountKind, placeOf, plainHome } from '../../../../agent/watchers/document-saves/places.ts';

const anna: Home = {
  ...plainHome('/home/anna'),
  desktop: ['/home/anna/Desktop', '/home/anna/Schreibtisch'],
  documents: ['/home/anna/Documents', '/home/anna/Dokumente'],
  synced: ['/home/anna/Team'],
};
const bert = plainHome('/home/bert');
const carl = plainHome('/srv/homes/carl');
const root = plainHome('/root');

const mounts: { mountPoint: string; kind: MountKind }[] = [
  { mountPoint: '/run/media/anna/STICK', kind: 'removable' },
  { mountPoint: '/run/media/anna/Data', kind: 'disk' },
  { mountPoint: '/run/user/1000/gvfs', kind: 'network' },
  { mountPoint: '/home/bert/Documents', kind: 'network' },
  { mountPoint: '/home/anna/Drive', kind: 'cloud' },
  { mountPoint: '/home/anna/share', kind: 'network' },
  { mountPoint: '/home/anna/stick', kind: 'removable' },
  { mountPoint: '/home/anna/ram', kind: 'memory' },
  { mountPoint: '/var/lib/docker', kind: 'disk' },
  { mountPoint: '/mnt/archive', kind: 'disk' },
  { mountPoint: '/mnt/team', kind: 'network' },
  { mountPoint: '/srv/homes', kind: 'network' },
  { mountPoint: '/scratch', kind: 'memory' },
  { mountPoint: '/snap/core/1', kind: 'removable' },
  { mountPoint: '/data', kind: 'disk' },
  { mountPoint: '/tmp', kind: 'memory' },
  { mountPoint: '/run', kind: 'memory' },
  { mountPoint: '/proc', kind: 'system' },
  { mountPoint: '/', kind: 'disk' },
];

describe('the place of a path', () => {
  it.each([
    ['/home/anna/report.docx', 'local-fixed'],
    ['/home/anna/Projects/2026/report.docx', 'local-fixed'],
    ['/home/anna/.hidden.docx', 'local-fixed'],
    ['/home/anna/Desktop/report.docx', 'desktop'],
    ['/home/anna/Desktop/a/b/report.docx', 'desktop'],
    ['/home/anna/Desktop/.hidden/report.docx', 'desktop'],
    ['/home/anna/Schreibtisch/report.docx', 'desktop'],
    ['/home/anna/Desktops/report.docx', 'local-fixed'],
    ['/home/anna/Documents/report.docx', 'documents'],
    ['/home/anna/Dokumente/report.docx', 'documents'],
    ['/home/anna/Downloads/report.docx', 'downloads'],
    ['/home/anna/OneDrive/report.docx', 'cloud-sync'],
    ['/home/anna/OneDrive - Example Care/report.docx', 'cloud-sync'],
    ['/home/anna/Dropbox (Personal)/report.docx', 'cloud-sync'],
    ['/home/anna/Documents/Nextcloud/report.docx', 'cloud-sync'],
    ['/home/anna/Team/report.docx', 'cloud-sync'],
    ['/home/anna/Drive/report.docx', 'cloud-sync'],
    ['/home/anna/Boxes/report.docx', 'local-fixed'],
    ['/home/anna/Dropbox.docx', 'local-fixed'],
    ['/home/anna/share/report.docx', 'shared'],
    ['/home/anna/stick/report.docx', 'removable'],
    ['/home/anna/ram/report.docx', 'temporary'],
    ['/home/anna/.cache/mail/report.docx', null],
    ['/home/anna/.config/app/report.docx', null],
    ['/home/anna/.local/share/Trash/files/report.docx', null],
    ['/home/anna/.mozilla/firefox/report.pdf', null],
    ['/home/anna/snap/app/common/report.docx', null],
    ['/home/anna/code/node_modules/x/readme.txt', null],
    ['/home/anna/code/.git/description.txt', null],
    ['/home/bert/Desktop/report.docx', 'desktop'],
    ['/home/bert/Documents/report.docx', 'personal-network'],
    ['/home/unlisted/Desktop/report.docx', 'desktop'],
    ['/home/unlisted/.cache/report.docx', null],
    ['/home/report.docx', 'local-fixed'],
    ['/srv/homes/carl/Desktop/report.docx', 'personal-network'],
    ['/srv/homes/carl/.cache/report.docx', null],
    ['/srv/homes/common/report.docx', 'shared'],
    ['/srv/files/report.docx', 'local-fixed'],
    ['/root/report.docx', 'local-fixed'],
    ['/report.docx', 'local-fixed'],
    ['/data/report.docx', 'local-fixed'],
    ['/data/.Trash-1000/files/report.docx', null],
    ['/mnt/archive/report.docx', 'local-fixed'],
    ['/mnt/team/report.docx', 'shared'],
    ['/run/media/anna/STICK/report.docx', 'removable'],
    ['/run/media/anna/Data/report.docx', 'local-fixed'],
    ['/run/user/1000/gvfs/smb-share/report.docx', 'shared'],
    ['/run/user/1000/report.docx', 'temporary'],
    ['/run/report.docx', null],
    ['/tmp/report.docx', 'temporary'],
    ['/var/tmp/report.docx', 'temporary'],
    ['/dev/shm/report.docx', 'temporary'],
    ['/scratch/report.docx', 'temporary'],
    ['/usr/share/doc/report.pdf', null],
    ['/usrdata/report.docx', 'local-fixed'],
    ['/var/lib/app/report.docx', null],
    ['/var/lib/docker/report.docx', null],
    ['/etc/report.txt', null],
    ['/opt/app/manual.pdf', null],
    ['/proc/1/report.txt', null],
    ['/snap/core/1/report.docx', 'removable'],
  ])('%s is %s', (path, place) => {
    expect(placeOf(path, { homes: [anna, bert, carl, root], mounts })).toBe(place);
  });

  it('is the innermost home when one home lies in another', () => {
    const outer = plainHome('/home/anna');
    const inner = plainHome('/home/anna/guest');
    const around = { homes: [outer, inner], mounts: [] };
    expect(placeOf('/home/anna/guest/Desktop/x.docx', around)).toBe('desktop');
  });

  it('is told without any mount known', () => {
    expect(placeOf('/home/anna/Desktop/x.docx', { homes: [], mounts: [] })).toBe('desktop');
  });
});
