import { readdir, readlink } from 'node:fs/promises';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { fileFingerprint, ifThere, readStart } from '../../platform/files.linux.ts';
import type { Homes } from '../../platform/homes.linux.ts';
import type { Reader } from './reader.ts';

const longestDescription = 256 * 1024;
/** A user may make as many folders as they like. */
const mostApplications = 500;
const mostBranches = 10;

/**
 * Flatpak applications, from the folders they are deployed in. The flatpak command is not asked: it shows only its
 * caller's own installation, and running it as root on files of users would trust them too far.
 * @param homes finds the users' homes, each of which may hold an installation
 */
export function flatpakReader(system: string, homes: () => Promise<Homes>): Reader {
  async function installations(): Promise<string[]> {
    return [system, ...(await homes()).folders.map((home) => `${home}/.local/share/flatpak`)];
  }

  return {
    area: 'flatpak',
    sources: ['flatpak'],
    how: 'The applications deployed for the whole computer and for each user.',
    limits: [
      'Runtimes and extensions are not listed.',
      'Installations of single users are only seen from time to time.',
    ],
    signs: [{ folder: system, names: ['.changed'] }],
    // Flatpak touches this file after every change, so that software centres notice.
    fingerprint: async () => fileFingerprint((await installations()).map((folder) => `${folder}/.changed`)),
    async read() {
      const titles = await Promise.all((await installations()).map(readInstallation));
      return { titles: titles.flat(), limits: [] };
    },
  };
}

async function readInstallation(folder: string): Promise<Software[]> {
  const ids = (await ifThere(readdir(`${folder}/app`))) ?? [];
  const titles: Software[] = [];
  for (const id of ids.slice(0, mostApplications)) {
    for (const branch of await branches(`${folder}/app/${id}`)) titles.push(await readApplication(folder, id, branch));
  }
  return titles;
}

interface Branch {
  architecture: string;
  name: string;
}

/** `APP/ARCHITECTURE/BRANCH/active` leads to the deployed commit; `APP/current` to the branch that starts. */
async function branches(application: string): Promise<Branch[]> {
  const found: Branch[] = [];
  for (const architecture of (await ifThere(readdir(application, { withFileTypes: true }))) ?? []) {
    if (found.length >= mostBranches) break;
    if (!architecture.isDirectory()) continue;
    for (const name of (await ifThere(readdir(`${application}/${architecture.name}`)))?.slice(0, mostBranches) ?? []) {
      const active = await ifThere(readlink(`${application}/${architecture.name}/${name}/active`));
      if (active !== undefined) found.push({ architecture: architecture.name, name });
    }
  }
  return found;
}

async function readApplication(folder: string, id: string, branch: Branch): Promise<Software> {
  const deployed = `${folder}/app/${id}/${branch.architecture}/${branch.name}/active`;
  const places = ['metainfo/ID.metainfo.xml', 'metainfo/ID.appdata.xml', 'appdata/ID.appdata.xml'];
  let version: string | undefined;
  for (const place of places) version ??= await readVersion(`${deployed}/files/share/${place.replace('ID', () => id)}`);
  return {
    source: 'flatpak',
    name: cleanText(id),
    version: cleanText(version ?? `branch ${branch.name}`),
    architecture: cleanText(branch.architecture),
  };
}

async function readVersion(path: string): Promise<string | undefined> {
  // A user may put anything in the way of their own installation; a link there gives ELOOP.
  const description = await readStart(path, longestDescription).catch(() => undefined);
  return description && parseReleaseVersion(description.toString('utf8'));
}

/** The version of the first, which is the newest, `<release>` of an AppStream description. */
export function parseReleaseVersion(xml: string): string | undefined {
  const release = /<release\s[^<>]{0,500}>/.exec(xml)?.[0];
  return release && /\sversion\s*=\s*["']([^"'<>]{1,100})["']/.exec(release)?.[1];
}
