import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Pure. The same words give the same GUID, in the capitals that wixl asks for. */
export function guid(...words: string[]): string {
  const hex = createHash('sha256')
    .update(['portcullis', ...words].join('\n'))
    .digest('hex')
    .toUpperCase();
  const variant = '89AB'[Number.parseInt(hex.charAt(16), 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A folder to be installed, as the two parts of a WiX source: where each file goes, and that it does. */
export interface InstalledFiles {
  directories: string;
  references: string;
}

/**
 * wixl takes sources only by their path from where it stands, which is the folder above. Every file is a component of its own, known by its path: that is what lets Windows Installer repair one, and tell which
 * went and which came between two versions.
 */
export function installedFiles(folder: string): InstalledFiles {
  const components: string[] = [];

  function list(path: string): string {
    const entries = readdirSync(join(folder, path), { withFileTypes: true });
    return entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const inside = path === '' ? entry.name : `${path}/${entry.name}`;
        const id = `_${guid(inside).replaceAll('-', '')}`;
        const name = escapeXml(entry.name);
        if (entry.isDirectory()) return `<Directory Id="d${id}" Name="${name}">\n${list(inside)}</Directory>\n`;
        components.push(id);
        const source = escapeXml(`${basename(folder)}/${inside}`);
        const file = `<File Id="f${id}" Name="${name}" Source="${source}" KeyPath="yes"/>`;
        return `<Component Id="c${id}" Guid="${guid(inside)}" Win64="yes">${file}</Component>\n`;
      })
      .join('');
  }

  const directories = `<Include>\n${list('')}</Include>\n`;
  const references = components.map((id) => `<ComponentRef Id="c${id}"/>\n`).join('');
  return { directories, references: `<Include>\n${references}</Include>\n` };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
