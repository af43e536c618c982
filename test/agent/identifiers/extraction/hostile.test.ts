import { describe, expect, it } from 'vitest';
import {
  deepMarkup,
  entityBomb,
  entityBombInWord,
  loopingCompoundFile,
  loopingPdf,
  lyingZip,
  nestedZips,
  overlappingZip,
  repeatedCells,
  zeros,
} from '../../../fakes/corpus/bombs.ts';
import { packageOf, wordBody, zipOf } from '../../../fakes/corpus/office-open.ts';
import { hear } from '../../../fakes/heard.ts';

const mebibyte = 1024 * 1024;

describe('archives built to do harm', () => {
  it.each([
    ['overlapping parts', overlappingZip(200), 'too-large'],
    ['a part that is larger than it says', lyingZip(10, 20 * mebibyte), 'failed'],
    ['a part that is smaller than it says', lyingZip(100 * mebibyte, 10), 'failed'],
    ['a part that says four gigabytes', lyingZip(0xfffffff0, 10), 'too-large'],
    ['zeros at a thousand to one', zeros(64), 'too-large'],
  ])('%s', async (_, bytes, status) => {
    await expect(hear('a.zip', bytes)).rejects.toMatchObject({ status });
  });

  it('archives in archives are read to a stated depth and size, and no further', async () => {
    await expect(hear('a.zip', nestedZips(4, 3), { unpackedBytes: 8 * mebibyte })).rejects.toMatchObject({
      status: 'too-large',
      message: expect.stringContaining('unpacks'),
    });
    await expect(hear('a.zip', nestedZips(6, 1))).rejects.toMatchObject({ status: 'too-large' });
  });

  it('an archive of more parts than are read', async () => {
    const parts = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}.txt`, 'x']));
    await expect(hear('a.zip', zipOf(parts), { parts: 20 })).rejects.toMatchObject({ status: 'too-large' });
  });
});

describe('documents built to do harm', () => {
  it.each([
    ['bomb.xml', entityBomb],
    ['bomb.docx', entityBombInWord],
  ])('%s: entities of its own are not expanded, and the text beside them is told', async (name, bytes) => {
    const { text } = await hear(name, bytes);
    expect(text).toContain('NHS number 999 310 0005');
    expect(text.length).toBeLessThan(10_000);
  });

  it('elements in elements without end', async () => {
    await expect(hear('deep.docx', deepMarkup)).resolves.toBeDefined();
  });

  it('a tag, a comment and a quote that never end hide nothing', async () => {
    for (const opening of ['<w:t x="', '<!-- ', '<![CDATA[', '<w:t ']) {
      const { text } = await hear('open.xml', Buffer.from(`<?xml version="1.0"?><a>${opening}NHS number 999 310 0005`));
      expect(text).toContain('999 310 0005');
      // In Word, what stands within a tag is no text either.
      if (opening === '<w:t ') continue;
      const body = wordBody(`<w:p><w:r><w:t>${opening}NHS number 999 310 0005`);
      await expect(hear('open.docx', packageOf({ 'word/document.xml': body }))).resolves.toMatchObject({
        text: expect.stringContaining('999 310 0005'),
      });
    }
  });

  it('a cell repeated without end is told once', async () => {
    const { rows } = await hear('repeated.ods', repeatedCells);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.length).toBeLessThanOrEqual(16_384);
  });

  it('a PDF that refers to itself', async () => {
    await expect(hear('loop.pdf', loopingPdf)).rejects.toMatchObject({ name: 'Unread' });
  });

  it('a compound file whose chains run in circles', async () => {
    await expect(hear('loop.doc', loopingCompoundFile())).rejects.toMatchObject({ name: 'Unread' });
  });

  it('a million columns', async () => {
    const bytes = Buffer.from(`${Array.from({ length: 1_000_000 }, (_, index) => index).join(',')}\n`.repeat(2));
    const { rows } = await hear('wide.csv', bytes);
    expect(rows.flat().length).toBeGreaterThan(1_999_000);
  });

  it.each([
    ['groups in groups', '{'.repeat(200_000)],
    ['binary data without end', '{\\pict\\bin2147483647 x}'],
    ['a control word without end', `\\${'a'.repeat(100_000)}`],
  ])('rich text: %s', async (_, text) => {
    await expect(hear('made.rtf', Buffer.from(`{\\rtf1 ${text}`))).resolves.toBeDefined();
  });
});
