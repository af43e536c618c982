import type { Block } from './pdf.ts';

/** A report as plain text, for a terminal or a mail. Pure. */
export function blocksText(blocks: readonly Block[]): string {
  return blocks.map(blockText).join('\n');
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `\n${block.text}\n${(block.level === 1 ? '=' : '-').repeat(block.text.length)}`;
    case 'paragraph':
      return block.text;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'facts':
      return block.rows.map(([name, value]) => `${name}: ${value}`).join('\n');
    case 'bars':
      return [block.title, ...block.bars.map(({ label, count }) => `- ${label}: ${count}`)].join('\n');
    case 'table':
      return block.rows.length === 0
        ? `${block.title}: none.`
        : [block.title, ...block.rows.map((row) => `- ${row.join(' | ')}`)].join('\n');
  }
}
