import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultExtensions, documentExtension, nameFilter } from '../../../../agent/watchers/document-saves/names.ts';

const extensions = new Set(defaultExtensions);

describe('the extension of a document', () => {
  it.each([
    ['report.docx', 'docx'],
    ['REPORT.DOCX', 'docx'],
    ['report.final.Pdf', 'pdf'],
    ['.hidden.docx', 'docx'],
    ['übung.odt', 'odt'],
    ['a\nb.csv', 'csv'],
  ])('%j is a document: %s', (name, extension) => {
    expect(documentExtension(name, extensions)).toBe(extension);
  });

  it.each([
    ['.~lock.report.docx#', 'LibreOffice lock'],
    ['.~report.docx', 'WPS lock'],
    ['~$report.docx', 'Office owner file'],
    ['~WRL0003.docx', 'Word temporary'],
    ['~WRD0001.tmp', 'Word temporary'],
    ['lu83271a.tmp', 'LibreOffice temporary'],
    ['5A3E2000', 'Excel temporary'],
    ['pptAB12.tmp', 'PowerPoint temporary'],
    ['4913', 'vim probe'],
    ['notes.txt~', 'vim and gedit backup'],
    ['.notes.txt.swp', 'vim swap'],
    ['#notes.txt#', 'Emacs auto-save'],
    ['.#notes.txt', 'Emacs lock'],
    ['.goutputstream-4ZK1S2', 'GNOME temporary'],
    ['.goutputstream-4ZK1S2.txt', 'GNOME temporary'],
    ['report.odt.Xk2R1q', 'KDE temporary'],
    ['.report.docx.q8Zz1A', 'rsync temporary'],
    ['report.docx.part', 'Firefox download'],
    ['Unconfirmed 4711.crdownload', 'Chrome download'],
    ['._report.docx', 'macOS side file'],
    ['.nfs00000001.docx', 'NFS removed file'],
    ['report.docx.bak', 'backup'],
    ['program.o', 'other'],
    ['README', 'no extension'],
    ['.docx', 'only a hidden name'],
    ['docx', 'no dot'],
    ['report.', 'empty extension'],
    ['', 'empty'],
  ])('%j is none (%s)', (name) => {
    expect(documentExtension(name, extensions)).toBeNull();
  });
});

describe('the filter over bytes', () => {
  const accepts = nameFilter(extensions);
  const asked = (name: string, before = '') => {
    const bytes = Buffer.from(before + name);
    return accepts(bytes, Buffer.byteLength(before), bytes.length);
  };

  it('never turns a document away', () => {
    const stem = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(stem, fc.constantFrom(...defaultExtensions), fc.string(), (name, extension, before) => {
        expect(asked(`${name}.${extension}`, before)).toBe(true);
        expect(asked(`${name}.${extension.toUpperCase()}`, before)).toBe(true);
      }),
    );
  });

  it.each(['program.o', 'README', '', '.', 'x.docx~', 'x.docx.part', '.~lock.x.docx#', `x.${'d'.repeat(300)}`])(
    'turns %j away',
    (name) => {
      expect(asked(name, 'dir.docx')).toBe(false);
    },
  );
});
