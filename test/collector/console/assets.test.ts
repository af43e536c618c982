import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
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

  it('are those and no other file, however the way to it is written', async () => {
    await using made = await testStore();
    const app = await testConsole(made.context);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    // As it is: a client that knows addresses would tidy them before it asks.
    const statusOf = (address: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', port, path: address }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on('error', reject).end();
      });
    const names = [
      ...['../console.ts', '..%2fconsole.ts', '%2e%2e/console.ts', '%2e%2e%2fconsole.ts', '..%5cconsole.ts'],
      ...['%252e%252e%252fconsole.ts', '..%c0%afconsole.ts', '....//console.ts', 'console.css/../../console.ts'],
      ...[
        '../../../../../../etc/passwd',
        '%2fetc%2fpasswd',
        '/etc/passwd',
        'file:///etc/passwd',
        'C:%5cWindows%5cwin.ini',
      ],
      ...[
        'console.css%00',
        'console.css%00.js',
        '%00',
        '.',
        '..',
        '%',
        'console.css%20',
        'CONSOLE.CSS',
        'console.css%3a%3a$DATA',
      ],
      ...['constructor', '__proto__', 'toString', 'package.json'],
    ];
    const found = await Promise.all(names.map(async (name) => [name, await statusOf(`${path}/${name}`)]));
    const versions = ['..', '%2e%2e', 'x', '', '%00', '__proto__'].map((version) => `/assets/${version}/console.css`);
    const elsewhere = await Promise.all(versions.map(async (address) => [address, await statusOf(address)]));
    await app.close();
    const none = [...found, ...elsewhere].filter(([, status]) => status !== 404 && status !== 400 && status !== 303);
    expect(none).toEqual([]);
  });
});
