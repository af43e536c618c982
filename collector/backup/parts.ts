import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import type Database from 'better-sqlite3';
import Type from 'typebox';
import { errorCode, InvalidError } from '#shared/errors.ts';
import { checker, exactObject, Text } from '#shared/schema.ts';
import type { ExportSettings } from '../exports/settings.ts';
import type { Home } from '../home.ts';

/** A file of the collector's folder that travels with the store. The name is relative, with `/`. */
export interface Part {
  name: string;
  content: Uint8Array;
}

const About = exactObject({
  format: Type.Literal(1),
  /** Of the product that made it. */
  version: Text,
  organisation: Text,
  /** Milliseconds since 1970. */
  madeAt: Type.Integer({ minimum: 0 }),
  withKeys: Type.Boolean(),
});
/** What a backup says of itself. */
export type About = Type.Static<typeof About>;

const aboutName = 'about.json';
const table = 'portcullis_backup';
const safeName = /^[\w-][\w.-]*(\/[\w-][\w.-]*){0,3}$/;
const mostBytes = 1024 * 1024;

/** Everything in the folder of a collector that nobody could make again. */
function keyNames({ settings, exports }: Home): string[] {
  const own = ['policy-key.pem', 'second-factor-key', 'sign-on-secret', 'mail-password', 'webhook-secret'];
  const named = [settings.mail?.certificate, ...exports.flatMap(filesOf)].filter((name) => name !== undefined);
  return [...own, 'tls/certificate.pem', 'tls/key.pem', ...named];
}

function filesOf(settings: ExportSettings): (string | undefined)[] {
  if (settings.channel === 'webhook') return [settings.secretFile, settings.ca];
  if (settings.channel === 'syslog' && settings.tls)
    return [settings.tls.ca, settings.tls.certificate, settings.tls.key];
  return [];
}

/**
 * Reads the settings and, if asked for, the keys.
 * @returns `outside`: files that the settings name elsewhere, which somebody has to copy
 */
export function readParts(home: Home, withKeys: boolean): { parts: Part[]; outside: string[] } {
  const names = [...new Set(['settings.json', ...(withKeys ? keyNames(home) : [])].map(plain))];
  const outside = names.filter((name) => !safeName.test(name));
  const parts = names
    .filter((name) => safeName.test(name))
    .flatMap((name) => {
      const content = readBytes(join(home.folder, name));
      return content ? [{ name, content }] : [];
    });
  return { parts, outside };
}

function plain(name: string): string {
  return isAbsolute(name) ? name : normalize(name).replaceAll('\\', '/');
}

function readBytes(file: string): Uint8Array | undefined {
  try {
    if (statSync(file).size > mostBytes) throw new InvalidError(`${file} is larger than any key or settings file.`);
    return readFileSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Puts them beside the tables of a copied store, so that a backup of any size is one file. */
export function writeParts(database: Database.Database, about: About, parts: readonly Part[]): void {
  database.exec(`CREATE TABLE ${table} (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT`);
  const insert = database.prepare(`INSERT INTO ${table} (name, content) VALUES (?, ?)`);
  insert.run(aboutName, Buffer.from(JSON.stringify(about)));
  for (const { name, content } of parts) insert.run(name, content);
}

/** @throws InvalidError when the database is no backup, or names files that no backup of ours would */
export function takeParts(database: Database.Database): { about: About; parts: Part[] } {
  const known = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`).get(table);
  if (!known)
    throw new InvalidError('The file is no backup of Portcullis. One is made with "portcullis-collector backup FILE".');
  const rows = database
    .prepare<[number], Part>(`SELECT name, content FROM ${table} WHERE length(content) <= ? LIMIT 100`)
    .all(mostBytes);
  const strange = rows.find(({ name, content }) => !safeName.test(name) || !Buffer.isBuffer(content));
  if (strange)
    throw new InvalidError(
      'The backup holds a file that no backup of ours would. It was changed; nothing was restored.',
    );
  const about = rows.find(({ name }) => name === aboutName);
  if (!about) throw new InvalidError('The backup does not say what it is. It was changed; nothing was restored.');
  return { about: readAbout(about.content), parts: rows.filter(({ name }) => name !== aboutName) };
}

function readAbout(content: Uint8Array): About {
  try {
    return checker(About).parse(JSON.parse(Buffer.from(content).toString('utf8')), 'about.json of the backup');
  } catch (cause) {
    throw new InvalidError('The backup was made by another version that this one does not understand.', { cause });
  }
}

/** Takes them out of a store that is to be used again; keys leave no trace in it. */
export function dropParts(database: Database.Database): void {
  database.pragma('secure_delete = ON');
  database.exec(`DROP TABLE ${table}`);
}
