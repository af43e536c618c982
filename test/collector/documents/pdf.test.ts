import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pdf } from '../../../collector/documents/pdf.ts';
import { hasPdfTools, noPdfTools } from '../../fakes/pdf-tools.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const at = Date.parse('2026-11-30T09:00:00Z');
const made = () =>
  pdf(
    [
      { kind: 'heading', level: 1, text: 'State of security' },
      { kind: 'paragraph', text: 'Zoë Łukasiewicz asked for it. <b>Nothing</b> is markup.' },
      { kind: 'heading', level: 2, text: 'Media' },
      { kind: 'list', items: ['One stick', 'Two disks'] },
      { kind: 'facts', rows: [['Computers', '60']] },
      { kind: 'table', title: 'Sticks', columns: ['Make', 'Seen'], rows: [['Kingston', '3']] },
      { kind: 'table', title: 'Phones', columns: ['Make', 'Seen'], rows: [] },
    ],
    { title: 'State of security, November 2026', at, footer: 'focus' },
  );

describe('a PDF', () => {
  it('is the same bytes for the same content and moment', async () => {
    expect((await made()).equals(await made())).toBe(true);
  });

  describe.skipIf(!hasPdfTools)(`read back by poppler${noPdfTools}`, () => {
    async function read(tool: string, ...options: string[]): Promise<string> {
      using folder = tempFolder();
      const file = join(folder.path, 'report.pdf');
      writeFileSync(file, await made());
      return execFileSync(tool, [...options, file, ...(tool === 'pdftotext' ? ['-'] : [])], { encoding: 'utf8' });
    }

    it('says its title, is tagged and speaks English', async () => {
      const info = await read('pdfinfo');
      expect(info).toMatch(/Title:\s+State of security, November 2026/);
      expect(info).toMatch(/Tagged:\s+yes/);
    });

    it('has headings, paragraphs, a list and tables with header cells', async () => {
      const tags = [...(await read('pdfinfo', '-struct')).matchAll(/^\s*(H1|H2|P|L|LI|LBody|Table|TR|TH|TD)\b/gm)];
      expect(tags.map(([, tag]) => tag)).toEqual(
        'H1 P H2 L LI LBody LI LBody Table TR TH TD P Table TR TH TH TR TD TD P'.split(' '),
      );
    });

    it('keeps names and markup as they are', async () => {
      expect(await read('pdftotext')).toContain('Zoë Łukasiewicz asked for it. <b>Nothing</b> is markup.');
      expect(await read('pdftotext')).toContain('Phones: none.');
    });
  });
});
