import { SaxesParser } from 'saxes';
import { PortcullisError } from '#shared/errors.ts';

/** A value of a property list. Dates and data stay the text they are written as: nothing here needs them. */
export type Plist = string | number | boolean | readonly Plist[] | PlistDict;
export type PlistDict = ReadonlyMap<string, Plist>;

/** What XML forbids, and a device may have in its name all the same: one such name must not blind the agent. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const deepest = 256;

/** A list or dictionary that is still open. */
type Open = { list: Plist[] } | { dict: Map<string, Plist>; key?: string };

/**
 * Reads a property list written as XML, see plist(5) and Apple's PropertyList-1.0.dtd.
 * @throws PortcullisError `unreadable` when it is none
 */
export function parsePlist(xml: string): Plist {
  const parser = new SaxesParser();
  const open: Open[] = [];
  let text = '';
  let root: Plist | undefined;

  function put(value: Plist): void {
    const into = open.at(-1);
    if (!into) root ??= value;
    else if ('list' in into) into.list.push(value);
    else if (into.key !== undefined) {
      into.dict.set(into.key, value);
      delete into.key;
    }
  }

  function closed(name: string): void {
    const last = open.at(-1);
    if (name === 'array' || name === 'dict') {
      open.pop();
      if (last) put('list' in last ? last.list : last.dict);
    } else if (name === 'key') {
      if (last && 'dict' in last) last.key = text;
    } else {
      const value = plainValue(name, text);
      if (value !== undefined) put(value);
    }
  }

  parser.on('error', () => fail('is not well-formed'));
  parser.on('opentag', ({ name }) => {
    text = '';
    if (name === 'dict') open.push({ dict: new Map() });
    else if (name === 'array') open.push({ list: [] });
    if (open.length > deepest) fail('is nested too deeply');
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', ({ name }) => closed(name));
  parser.write(xml.replace(forbidden, '\uFFFD')).close();
  return root ?? fail('holds nothing');
}

function plainValue(name: string, text: string): Plist | undefined {
  switch (name) {
    case 'string':
    case 'date':
    case 'data':
      return text;
    case 'integer':
    case 'real':
      return Number(text);
    case 'true':
    case 'false':
      return name === 'true';
    default:
      return undefined;
  }
}

function fail(why: string): never {
  throw new PortcullisError('unreadable', `A property list ${why}.`);
}

export function isDict(value: Plist | undefined): value is PlistDict {
  return value instanceof Map;
}

/** The dictionary that a property list consists of. @throws when it is something else */
export function parseDict(xml: string): PlistDict {
  const value = parsePlist(xml);
  return isDict(value) ? value : fail('is no dictionary');
}

/** Undefined where there is no such text, or an empty one. */
export function textAt(dict: PlistDict, key: string): string | undefined {
  const value = dict.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(dict: PlistDict, key: string): number | undefined {
  const value = dict.get(key);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function flagAt(dict: PlistDict, key: string): boolean | undefined {
  const value = dict.get(key);
  return typeof value === 'boolean' ? value : undefined;
}

export function dictsAt(dict: PlistDict, key: string): PlistDict[] {
  return listAt(dict, key).filter(isDict);
}

export function textsAt(dict: PlistDict, key: string): string[] {
  return listAt(dict, key).filter((value) => typeof value === 'string');
}

function listAt(dict: PlistDict, key: string): readonly Plist[] {
  const value = dict.get(key);
  return Array.isArray(value) ? value : [];
}
