import { readFile } from 'node:fs/promises';
import type { PostureFacts } from '#shared/events/posture.ts';
import { cleanText } from '#shared/text.ts';
import { ifThere } from '../../platform/files.linux.ts';
import { judgeEnd } from './os-support.ts';
import { supportEnds } from './support-dates.ts';

/** @param places where os-release(5) may lie, the first one there counts. @throws when there is none */
export async function readOsRelease(places: readonly string[]): Promise<Map<string, string>> {
  for (const place of places) {
    const text = await ifThere(readFile(place, 'utf8'));
    if (text !== undefined) return parseOsRelease(text);
  }
  throw new Error('There is no os-release file.');
}

export function parseOsRelease(text: string): Map<string, string> {
  const lines = text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, unquote(value.trim())]));
}

function unquote(value: string): string {
  const inner = /^(["'])(.*)\1$/.exec(value)?.[2];
  return (inner ?? value).replace(/\\(["'$`\\])/g, '$1');
}

/** Pure. */
export function judgeSupport(osRelease: ReadonlyMap<string, string>, now: number): PostureFacts {
  const id = osRelease.get('ID') ?? '';
  const version = osRelease.get('VERSION_ID') ?? '';
  return judgeEnd(cleanText(osRelease.get('PRETTY_NAME') ?? `${id} ${version}`), endOf(id, version), now);
}

function endOf(id: string, version: string): string | undefined {
  const versions = Object.hasOwn(supportEnds, id) ? supportEnds[id] : undefined;
  const key = [version, version.split('.')[0] ?? ''].find(
    (each) => versions !== undefined && Object.hasOwn(versions, each),
  );
  return key === undefined ? undefined : versions?.[key];
}
