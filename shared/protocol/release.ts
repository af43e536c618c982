import Type from 'typebox';
import { Base64Url, Count, exactObject, oneOf, Sha256Hex, Text, Uuid } from '../schema.ts';
import { versionPattern } from '../version.ts';

/** Purpose of a release's signature; see shared/identity.ts. */
export const releaseContext = 'portcullis.release.v1';
export const releasePath = '/agent/v1/release';

export const releasePlatforms = ['linux', 'windows', 'darwin'] as const;
export const releaseArchs = ['x64', 'arm64'] as const;
const Version = Type.String({ pattern: versionPattern });

/** Bytes of a bundle, and of all that is in it, at most. */
export const bundleLimits = { bytes: 512 * 1024 * 1024, unpackedBytes: 1024 * 1024 * 1024, files: 20_000 } as const;

/** Where a file lies in the program: letters that are the same on every system, and nothing that leads out of it. */
const FilePath = Type.String({ pattern: '^(?!.*(^|/)\\.\\.?(/|$))[\\w@.+-]+(/[\\w@.+-]+)*$', maxLength: 300 });

/** What a program consists of: the file `release.json` at its top, which names all others. */
export const ReleaseContents = exactObject({
  version: Version,
  platform: oneOf(releasePlatforms),
  arch: oneOf(releaseArchs),
  /** The oldest protocol that the agent in it speaks. */
  minimumProtocol: Count,
  files: Type.Array(exactObject({ path: FilePath, bytes: Count, sha256: Sha256Hex }), { maxItems: bundleLimits.files }),
});
export type ReleaseContents = Type.Static<typeof ReleaseContents>;

/** What the organisation signs of a release. */
export const ReleaseManifest = exactObject({
  organisation: Text,
  version: Version,
  platform: oneOf(releasePlatforms),
  arch: oneOf(releaseArchs),
  minimumProtocol: Count,
  /** Of the bundle, a zip file. */
  size: Type.Integer({ minimum: 1, maximum: bundleLimits.bytes }),
  sha256: Sha256Hex,
  /** Only then may it take the place of a newer version. */
  rollBack: Type.Boolean(),
  /** Within which it has to have reported to the collector, in seconds; else the former one is started again. */
  reportWithin: Type.Integer({ minimum: 10, maximum: 86_400 }),
  /** What it brings, for people. */
  notes: Type.String({ maxLength: 500 }),
});
export type ReleaseManifest = Type.Static<typeof ReleaseManifest>;

/** A manifest as it travels: exact text and signature. */
export const SignedRelease = exactObject({ text: Type.String({ maxLength: 4096 }), signature: Base64Url });
export type SignedRelease = Type.Static<typeof SignedRelease>;

/** What a collector answers an agent that asks for a newer one. */
export const ReleaseAnswer = exactObject({
  offer: Type.Union([SignedRelease, Type.Null()]),
  /** Which roll-out offers it: what failed in one may be tried again in the next. */
  rollOut: Type.Union([Uuid, Type.Null()]),
});
export type ReleaseAnswer = Type.Static<typeof ReleaseAnswer>;
