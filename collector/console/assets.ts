import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { nhsukFolder } from './render.ts';

interface Asset {
  type: string;
  body: Buffer;
  compressed: Buffer;
}

export interface Assets {
  /** Folder in the address; its name changes with any content, so that browsers may keep the files for ever. */
  path: string;
  files: ReadonlyMap<string, Asset>;
}

const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' } as const;

/** Reads everything browsers load besides pages. Half a megabyte, kept in memory, compressed once. */
export function loadAssets(): Assets {
  const own = fileURLToPath(new URL('./assets', import.meta.url));
  const nhsuk = nhsukFolder();
  const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
  const icon = (name: string) => [name, read(join(nhsuk, 'assets', 'images'), name)] as const;
  const texts = new Map<string, string>([
    ['nhsuk.css', withoutForeignParts(read(nhsuk, 'nhsuk-frontend.min.css'))],
    ['nhsuk.js', withoutSourceMap(read(nhsuk, 'nhsuk-frontend.min.js'))],
    ...[
      'console.css',
      'start.js',
      'live.js',
      'triage.js',
      'policy.js',
      'session.js',
      'pick-file.js',
      'copy.js',
      'favicon.svg',
    ].map((name) => [name, read(own, name)] as const),
    ...['arrow-down', 'arrow-up-down', 'arrow-up', 'cross'].map((name) => icon(`nhsuk-icon-${name}.svg`)),
  ]);
  const version = createHash('sha256');
  for (const text of texts.values()) version.update(text);
  return {
    path: `/assets/${version.digest('hex').slice(0, 12)}`,
    files: new Map([...texts].map(([name, text]) => [name, assetOf(name, text)])),
  };
}

function assetOf(name: string, text: string): Asset {
  const extension = name.slice(name.lastIndexOf('.') + 1) as keyof typeof types;
  const body = Buffer.from(text);
  return { type: types[extension], body, compressed: gzipSync(body) };
}

/**
 * The design system's own typeface is fetched from NHS servers and licensed to NHS bodies only: its two rules go, and
 * Arial, the next in the list, is used. Icons are found beside the file instead of under a fixed address.
 */
export function withoutForeignParts(css: string): string {
  return withoutSourceMap(css)
    .replace(/@font-face\s*\{[^}]*\}/g, '')
    .replace(/"?Frutiger W01"?\s*,\s*/g, '')
    .replaceAll('/assets/images/', '');
}

function withoutSourceMap(text: string): string {
  return text.replace(/\/[/*]# sourceMappingURL=\S*(\s*\*\/)?/g, '');
}

export function assetRoutes(app: FastifyInstance, assets: Assets): void {
  app.get<{ Params: { version: string; name: string } }>('/assets/:version/:name', (request, reply) => {
    const { version, name } = request.params;
    const asset = assets.files.get(name);
    // Kept for ever under this address, so that another version must not be answered with these files.
    if (!asset || assets.path !== `/assets/${version}`) return reply.callNotFound();
    void reply
      .type(asset.type)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding');
    const mayCompress = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (!mayCompress) return reply.send(asset.body);
    return reply.header('content-encoding', 'gzip').send(asset.compressed);
  });
}
