/** A reader of the Common Event Format as receivers have it, written from the format's description and not from our writer. */
export interface ParsedCef {
  header: Record<'version' | 'vendor' | 'product' | 'deviceVersion' | 'signature' | 'name' | 'severity', string>;
  extension: Record<string, string>;
}

export function parseCef(line: string): ParsedCef {
  if (!line.startsWith('CEF:')) throw new Error('no CEF');
  const parts: string[] = [''];
  let at = 'CEF:'.length;
  for (; at < line.length && parts.length < 8; at += 1) {
    const character = line.charAt(at);
    const escaped = line.charAt(at + 1);
    if (character === '\\' && (escaped === '\\' || escaped === '|')) {
      parts[parts.length - 1] += escaped;
      at += 1;
    } else if (character === '|') parts.push('');
    else parts[parts.length - 1] += character;
  }
  const [version = '', vendor = '', product = '', deviceVersion = '', signature = '', name = '', severity = ''] = parts;
  return {
    header: { version, vendor, product, deviceVersion, signature, name, severity },
    extension: parseExtension(line.slice(at)),
  };
}

/** A key is a word before an equals sign that is not escaped; its value runs to the blank before the next key. */
export function parseExtension(text: string): Record<string, string> {
  const starts = [...text.matchAll(/(?:^| )([A-Za-z0-9_]+)(?<!\\)=/g)];
  return Object.fromEntries(
    starts.map((match, index) => {
      const from = match.index + match[0].length;
      const to = starts[index + 1]?.index ?? text.length;
      return [match[1] ?? '', unescaped(text.slice(from, to))];
    }),
  );
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (whole, letter: string) =>
    letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter === '\\' || letter === '=' ? letter : whole,
  );
}
