import { hash } from 'node:crypto';
import { barWords, placeBars } from './bars.ts';
import type { Block } from './pdf.ts';

export interface HtmlOptions {
  title: string;
  footer: string;
}

/** A page that stands alone: for a browser without this console, and to be printed. */
export function html(blocks: readonly Block[], { title, footer }: HtmlOptions): string {
  return `<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${blocks.map(blockHtml).join('\n')}
</main>
<footer>${text(footer)}</footer>
</body>
</html>
`;
}

const style = `
body { color: #212b32; font-family: Arial, sans-serif; line-height: 1.45; margin: 0 auto; max-width: 62rem; padding: 1.5rem; }
main { overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.35rem; margin-top: 2rem; } h3 { font-size: 1.1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; }
caption { font-weight: bold; padding: 0.25rem 0; text-align: left; }
th, td { border-bottom: 1px solid #aeb7bd; padding: 0.3rem 1rem 0.3rem 0; text-align: left; vertical-align: top; }
.scroll { overflow-x: auto; } .scroll:focus { outline: 3px solid #005eb8; }
.facts th { font-weight: normal; white-space: normal; } .facts td { font-weight: bold; }
.both { align-items: flex-start; display: flex; flex-wrap: wrap; gap: 1rem 3rem; }
.both svg { flex: 0 1 22rem; height: auto; max-width: 100%; min-width: 14rem; }
.bar { fill: #005eb8; } .ground { fill: #eef1f3; } .words { fill: #212b32; font-size: 9px; }
footer { border-top: 1px solid #aeb7bd; color: #4c6272; font-size: 0.85rem; padding-top: 0.5rem; }
@media print { body { max-width: none; padding: 0; } tr, .both { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; } }
`;

/** What the page's own styles are known by in a content security policy, so that nothing else in it may style or run. */
export const htmlPolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; frame-ancestors 'none'; sandbox`;

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${text(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${text(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<table class="facts"><tbody>${block.rows.map(factRow).join('')}</tbody></table>`;
    case 'table':
      return block.rows.length === 0 ? `<p>${text(block.title)}: none.</p>` : scrolling(block.title, tableHtml(block));
    case 'bars':
      return block.bars.length === 0 ? `<p>${text(block.title)}: none.</p>` : chart(block);
    default:
      return block satisfies never;
  }
}

function factRow([name, value]: readonly [string, string]): string {
  return `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>`;
}

type Tabular = Pick<Block & { kind: 'table' }, 'title' | 'columns' | 'rows'>;

function tableHtml({ title, columns, rows }: Tabular): string {
  const head = columns.map((column) => `<th scope="col">${text(column)}</th>`).join('');
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${text(cell === '' ? '–' : cell)}</td>`).join('')}</tr>`,
  );
  return `<table><caption>${text(title)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

/** A wide table scrolls by itself, by keyboard too. */
function scrolling(title: string, table: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${text(title)}">${table}</div>`;
}

const chartWidth = 300;

function chart({ title, columns, bars }: Block & { kind: 'bars' }): string {
  const placed = placeBars(bars, chartWidth);
  const shapes = placed.bars.map(
    ({ label, count, labelY, y, width, height }) =>
      `<text class="words" x="0" y="${labelY + 8}">${text(`${label}: ${count.toLocaleString('en-GB')}`)}</text>` +
      `<rect class="ground" x="0" y="${y}" width="${chartWidth}" height="${height}"></rect>` +
      `<rect class="bar" x="0" y="${y}" width="${width}" height="${height}"></rect>`,
  );
  const rows = bars.map(({ label, count }) => [label, count.toLocaleString('en-GB')]);
  const picture = `<svg role="img" aria-label="${text(barWords(title, bars))}" viewBox="0 0 ${chartWidth} ${placed.height}">${shapes.join('')}</svg>`;
  return `<div class="both">${picture}${tableHtml({ title, columns, rows })}</div>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Marks that turn the direction of writing would let a name read as another one; see console/render.ts. */
function text(plain: string): string {
  return plain.replaceAll(/[&<>"']|\p{Bidi_Control}/gu, (sign) => entities[sign] ?? '\uFFFD');
}
