import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no package can be installed here, or nothing. */
export function whyNoPackages(): string {
  const missing = ['dpkg', 'dpkg-deb', 'flock'].filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (process.getuid?.() !== 0) return 'needs root';
  return missing.length > 0 ? `needs ${missing.join(', ')}` : '';
}

/** An empty package of this name that is really installed on this computer, and must be purged. */
export interface DebianPackage {
  name: string;
  install(): void;
  /** Nothing happens where it is not installed. */
  purge(): void;
}

/** @param folder where it is built */
export function debianPackage(name: string, folder: string): DebianPackage {
  const tree = join(folder, name);
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  const fields = {
    ...{ Package: name, Version: '1.0', Architecture: 'all', Description: 'empty package' },
    Maintainer: 'Portcullis Tests <nobody@example.invalid>',
  };
  const control = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  writeFileSync(join(tree, 'DEBIAN', 'control'), control.join(''));
  const file = `${tree}.deb`;
  execFileSync('dpkg-deb', ['--build', tree, file], { stdio: 'ignore' });
  return { name, install: () => dpkg('-i', file), purge: () => dpkg('--purge', name) };
}

/** dpkg does not wait for another dpkg, and test files run beside each other. */
function dpkg(...args: string[]): void {
  execFileSync('flock', [join(tmpdir(), 'portcullis-dpkg.lock'), 'dpkg', ...args], { stdio: 'ignore' });
}
