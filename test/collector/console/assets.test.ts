import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadAssets, withoutForeignParts } from '../../../collector/console/assets.ts';
import { testConsole, testStore } from './site.ts';

describe('what browsers load besides pages', () => {
  const { files, path } = loadAssets();

  it.each([...files.keys()])('%s asks nothing of another site', (name) => {
    const text = files.get(name)?.body.toString() ?? '';
    const addresses = text.replaceAll('http://www.w3.org/2000/svg', '').match(/(https?:)?\/\/[\w-]+\.[\w.-]+/g) ?? [];
    expect(addresses).toEqual([]);
    expect(text).not.toMatch(/@font-face|sourceMappingURL|Frutiger/);
  });

  it('names only files that are there', () => {
    const css = files.get('nhsuk.css')?.body.toString() ?? '';
    const named = [...css.matchAll(/url\(([^)]+)\)/g)].map((match) => `${match[1]}`.replaceAll('"', ''));
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect([...files.keys()]).toContain(name);
    expect(files.get('start.js')?.body.toString()).toContain("'./nhsuk.js'");
  });

  it('loses the foreign typeface and nothing else', () => {
    const css =
      'a{b:c}@font-face{font-family:"Frutiger W01";src:url(https://assets.nhs.uk/x)}d{font-family:Frutiger W01,Arial}';
    expect(withoutForeignParts(css)).toBe('a{b:c}d{font-family:Arial}');
  });

  it('may be kept for ever, because its address changes with it', async () => {
    await using made = await testStore();
    const app = await testConsole(made.context);
    const plain = await app.inject({ url: `${path}/console.css` });
    const packed = await app.inject({ url: `${path}/console.css`, headers: { 'accept-encoding': 'gzip, br' } });
    await app.close();
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  });
});
