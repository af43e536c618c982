/** Values of an INI-like settings file by `group/key`. Marks behind a key, such as `[$i]` of KDE, stay on it. */
export function parseSettings(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let group = '';
  for (const line of text.split('\n')) {
    const heading = /^\s*\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (heading !== undefined) group = heading;
    const at = line.indexOf('=');
    if (heading === undefined && at > 0 && !/^\s*[#;]/.test(line)) {
      values.set(`${group}/${line.slice(0, at).trim()}`, line.slice(at + 1).trim());
    }
  }
  return values;
}
