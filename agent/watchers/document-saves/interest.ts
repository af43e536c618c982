import type { PathClass } from '#shared/events/document.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { join } from '../rescan.ts';
import { defaultExtensions, documentExtension } from './names.ts';
import { isWithin } from './places.ts';
import type { SaveSource } from './source.ts';

/** What the policy in force, or its absence, wants to know of saves. */
export interface Interest {
  extensions: ReadonlySet<string>;
  /** The place of a path if saves in it are recorded, else null. Says nothing of the name. */
  placeOf(path: string): PathClass | null;
  /** The extension of a name if it is a document's, else null. */
  extensionOf(name: string): string | null;
  /** Whether a place wanted can lie in this folder or below it. */
  enters(folder: string): boolean;
  withNames: boolean;
}

/** Recorded on a computer without a policy: what both policies of the domain call local. */
const defaultPlaces: readonly PathClass[] = ['local-fixed', 'desktop', 'documents', 'downloads', 'cloud-sync'];
/** Places that hold no other place and may be large or far away: not entered in vain. */
const closedPlaces: ReadonlySet<PathClass> = new Set(['personal-network', 'shared', 'temporary', 'cloud-sync']);

/** Answers with the same object until policy or homes change, so that callers can keep what they derive from it. */
export function interestKeeper(policyNow: () => Policy | null, source: SaveSource): () => Interest {
  let kept: { policy: Policy | null; homes: readonly string[]; interest: Interest } | undefined;
  return () => {
    const policy = policyNow();
    const homes = source.homes();
    if (kept?.policy !== policy || kept.homes !== homes) {
      kept = { policy, homes, interest: interestOf(policy, homes, source) };
    }
    return kept.interest;
  };
}

function interestOf(policy: Policy | null, homes: readonly string[], source: SaveSource): Interest {
  const rules = policy?.documents;
  const extensions = new Set(rules?.extensions ?? defaultExtensions);
  const places = new Set(rules?.places ?? defaultPlaces);
  const excluded = (rules?.excludedFolders ?? []).flatMap((folder) => expand(folder, homes));
  const lies = source.isWithin ?? isWithin;
  const isExcluded = (path: string) => excluded.some((folder) => lies(path, folder));

  return {
    extensions,
    withNames: rules?.fileNames === 'names',
    extensionOf: (name) => documentExtension(name, extensions),
    placeOf(path) {
      const place = source.placeOf(path);
      // What is written to removable media is the removable-media watcher's to tell.
      if (place === null || place === 'removable' || !places.has(place)) return null;
      return isExcluded(path) ? null : place;
    },
    enters(folder) {
      const place = source.placeOf(join(folder, '-'));
      if (place === null || place === 'removable' || isExcluded(folder)) return false;
      return places.has(place) || !closedPlaces.has(place);
    },
  };
}

/** `~/Union` is a folder of every home. */
function expand(folder: string, homes: readonly string[]): string[] {
  const plain = folder.length > 1 ? folder.replace(/\/+$/, '') : folder;
  if (plain !== '~' && !plain.startsWith('~/')) return [plain];
  return homes.map((home) => home + plain.slice(1));
}
