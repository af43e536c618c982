import { readFileSync } from 'node:fs';

/** What the service and people start: it chooses the version of the agent (launch.sh). @param folder of the package's own */
export function agentLauncher(folder: string, version: string): string {
  const text = readFileSync(new URL('launch.sh', import.meta.url), 'utf8');
  return text.replace('@FOLDER@', () => quoted(folder)).replace('@VERSION@', () => quoted(version));
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
