import { expect, it } from 'vitest';
import { pageRenderer } from '../../../collector/console/render.ts';

it('no mark that turns the direction of writing reaches a page, and every other letter does', () => {
  const letters = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCodePoint(code));
  const turns = letters.filter((letter) => /\p{Bidi_Control}/u.test(letter));
  expect(turns).toHaveLength(12);
  const html = pageRenderer()('error', { title: `${turns.join('')}Größe\u2028كلمة\u200B` });
  expect(html).toContain(`${'\uFFFD'.repeat(12)}Größe\u2028كلمة\u200B`);
  expect(html).not.toMatch(/\p{Bidi_Control}/u);
});
