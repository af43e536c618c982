import { describe, expect, it } from 'vitest';
import { placeBars } from '../../../collector/documents/bars.ts';
import { html, htmlPolicy } from '../../../collector/documents/html.ts';

const hostile = "<script>alert(1)</script>\" onload='x'";
const page = html(
  [
    { kind: 'heading', level: 1, text: hostile },
    { kind: 'paragraph', text: hostile },
    { kind: 'list', items: [hostile] },
    { kind: 'facts', rows: [[hostile, hostile]] },
    { kind: 'table', title: hostile, columns: [hostile], rows: [[hostile], ['']] },
    { kind: 'bars', title: hostile, columns: [hostile, 'Number'], bars: [{ label: hostile, count: 1200 }] },
    { kind: 'table', title: 'Phones', columns: ['Make'], rows: [] },
  ],
  { title: hostile, footer: hostile },
);

describe('a page that stands alone', () => {
  it('holds hostile text as text, wherever it stands', () => {
    expect(page).not.toContain('<script');
    expect(page.replaceAll(/&(lt|gt|quot|#39|amp);/g, '')).not.toMatch(/onload=['"]/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;');
  });

  it('asks nothing from anywhere, and lets nothing run', () => {
    expect(page).not.toMatch(/https?:|src=|@import|url\(/);
    expect(htmlPolicy).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it('has the numbers of a chart in a table, and says what is empty', () => {
    expect(page).toContain('<td>1,200</td>');
    expect(page).toContain('Phones: none.');
  });
});

describe('bars', () => {
  it('are as long as their numbers, and something is never nothing', () => {
    const { bars } = placeBars(
      [
        { label: 'a', count: 100_000 },
        { label: 'b', count: 50_000 },
        { label: 'c', count: 1 },
        { label: 'd', count: 0 },
      ],
      200,
    );
    expect(bars.map(({ width }) => width)).toEqual([200, 100, 1, 0]);
  });

  it('are all empty when there is nothing', () => {
    expect(placeBars([{ label: 'a', count: 0 }], 200).bars[0]?.width).toBe(0);
  });
});
