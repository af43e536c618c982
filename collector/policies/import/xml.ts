import { SaxesParser } from 'saxes';
import { InvalidError } from '#shared/errors.ts';

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Its text, comments left out, outer blanks gone. */
  text: string;
  line: number;
}

const deepest = 64;

/**
 * Reads an XML document into its elements. No entity is ever fetched or unfolded.
 * @throws InvalidError with file, line and column, for text that is no XML
 */
export function parseXml(file: string, text: string): Element {
  const parser = new SaxesParser({ fileName: file, xmlns: false as const });
  const root: Element = { name: '', attributes: {}, children: [], text: '', line: 1 };
  const open = [root];
  parser.on('error', ({ message }) => {
    const bare = bareAmpersand(text);
    if (bare !== undefined) throw new InvalidError(`${file}, line ${bare}: a plain "&" is written "&amp;".`);
    // The library puts file, line and column before its message.
    throw new InvalidError(message.replace(/^(.*?):(\d+):(\d+): (.*?)[.]?$/, '$1, line $2, column $3: $4.'));
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes: { ...attributes }, children: [], text: '', line: parser.line };
    if (open.length > deepest) throw new InvalidError(`${file}, line ${parser.line}: elements are nested too deeply.`);
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (more: string) => {
    const top = open.at(-1);
    if (top) top.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const closed = open.pop();
    if (closed) closed.text = closed.text.trim();
  });
  parser.write(text.replace(/^\uFEFF/, '')).close();
  const [first] = root.children;
  if (!first) throw new InvalidError(`${file}, line 1: there is no element.`);
  return first;
}

/** The line of the first `&` that begins no entity: the fault most often made by hand, and one parsers explain badly. */
function bareAmpersand(text: string): number | undefined {
  const found = /&(?!#\d+;|#x[0-9a-f]+;|[a-z]\w*;)/i.exec(text);
  return found ? text.slice(0, found.index).split('\n').length : undefined;
}

export function childrenNamed(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}

export function childText(element: Element, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
