import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Input } from './target.ts';

/** Inputs kept in the repository, one folder a target: each is tried at every test. */
export const corpusFolder = fileURLToPath(new URL('./corpus/', import.meta.url));

/** An input as it is kept. Text where it is text, so that a person can read what went wrong. */
interface KeptInput {
  part: string;
  /** What it once did, or what it stands for. */
  why: string;
  text?: string;
  base64?: string;
}

export function keepInput(folder: string, { part, bytes }: Input, why: string): string {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text).equals(bytes);
  const kept: KeptInput = { part, why, ...(isText ? { text } : { base64: bytes.toString('base64') }) };
  const name = `${part}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.json`;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`);
  return path;
}

export function keptInputs(target: string): { name: string; why: string; input: Input }[] {
  const folder = join(corpusFolder, target);
  return globSync('*.json', { cwd: folder })
    .sort()
    .map((name) => {
      const { part, why, text, base64 } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as KeptInput;
      return {
        name,
        why,
        input: { part, bytes: Buffer.from(text ?? base64 ?? '', text === undefined ? 'base64' : 'utf8') },
      };
    });
}
