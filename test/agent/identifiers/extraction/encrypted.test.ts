import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compoundFile } from '../../../fakes/corpus/compound-file.ts';
import { docx, zipOf } from '../../../fakes/corpus/office-open.ts';
import { xlsRecord } from '../../../fakes/corpus/old-office.ts';
import { eml } from '../../../fakes/corpus/texts.ts';
import { hear } from '../../../fakes/heard.ts';

const empty = { paragraphs: ['x'], rows: [] };
const locked = compoundFile({ EncryptionInfo: Buffer.alloc(64), EncryptedPackage: Buffer.alloc(64) });

function lockedDoc(): Buffer {
  const information = Buffer.alloc(0x400);
  information.writeUInt16LE(0xa5ec);
  information.writeUInt16LE(0x00c1, 2);
  information.writeUInt16LE(0x0100, 0x0a);
  return compoundFile({ WordDocument: information });
}

function lockedPpt(): Buffer {
  const user = Buffer.alloc(32);
  user.writeUInt32LE(0xf3d1c4df, 12);
  return compoundFile({ 'PowerPoint Document': Buffer.alloc(16), 'Current User': user });
}

function lockedZip(): Buffer {
  const zip = zipOf({ 'a.txt': 'secret' });
  zip.writeUInt16LE(zip.readUInt16LE(6) | 1, 6);
  const directory = zip.readUInt32LE(zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])) + 16);
  zip.writeUInt16LE(zip.readUInt16LE(directory + 8) | 1, directory + 8);
  return zip;
}

describe('a document under a password', () => {
  it.each([
    ['new Office', 'a.docx', locked],
    ['old Word', 'a.doc', lockedDoc()],
    [
      'old Excel',
      'a.xls',
      compoundFile({
        Workbook: Buffer.concat([xlsRecord(0x0809, Buffer.from([0, 6, 5, 0])), xlsRecord(0x002f, Buffer.alloc(54))]),
      }),
    ],
    ['old PowerPoint', 'a.ppt', lockedPpt()],
    [
      'OpenDocument',
      'a.odt',
      zipOf({
        'content.xml': 'x',
        'META-INF/manifest.xml': '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>',
      }),
    ],
    ['an archive', 'a.zip', lockedZip()],
    ['PDF', 'a.pdf', readFileSync(new URL('../../../fixtures/documents/letter-locked.pdf', import.meta.url))],
  ])('%s', async (_, name, bytes) => {
    await expect(hear(name, bytes)).rejects.toMatchObject({
      status: 'encrypted',
      message: expect.stringContaining('password'),
    });
  });

  it('attached to a message: the message is read, and the attachment is told as encrypted', async () => {
    const { text, unread } = await hear(
      'a.eml',
      eml({ paragraphs: ['The message itself'], rows: [] }, { 'a.docx': locked, 'b.docx': docx(empty) }),
    );
    expect(text).toContain('The message itself');
    expect(unread.map(({ status }) => status)).toEqual(['encrypted']);
  });
});
