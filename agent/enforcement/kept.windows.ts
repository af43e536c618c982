import Type from 'typebox';
import { checker, exactObject } from '#shared/schema.ts';
import type { Registry } from '../platform/windows/registry.ts';

const Data = Type.Union([Type.String(), Type.Number(), Type.Array(Type.String())]);
const Ids = Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 1024 });

/**
 * What the agent changed and what stood there before, so that the former state can be restored, also by a run that
 * comes after a crash, and by the removal of the package. Unlike devices, policies outlive a restart, and so does this.
 */
const KeptSchema = exactObject({
  policies: Type.Array(
    exactObject({
      path: Type.String(),
      name: Type.String(),
      data: Type.Union([Type.String(), Type.Number()]),
      /** What stood there; null: nothing. */
      former: Type.Union([Data, Type.Null()]),
      /** In which run of Windows it was written. */
      bootId: Type.String(),
    }),
    { maxItems: 2048 },
  ),
  disabled: Ids,
  readOnly: Ids,
});
export type Kept = Type.Static<typeof KeptSchema>;
export type KeptPolicy = Kept['policies'][number];

/** Only administrators may write below the computer's part of the registry. */
const path = 'HKLM\\SOFTWARE\\Portcullis';
const name = 'Enforcement';

export function emptyKept(): Kept {
  return { policies: [], disabled: [], readOnly: [] };
}

/** @returns undefined when nothing is changed; what cannot be read counts so */
export function readKept(registry: Registry): Kept | undefined {
  try {
    const value: unknown = JSON.parse(String(registry.value(path, name) ?? ''));
    return checker(KeptSchema).check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws when it cannot be written: then nothing may be changed, because it could not be restored */
export function writeKept(registry: Registry, kept: Kept): void {
  registry.set(path, name, JSON.stringify(kept));
}

export function removeKept(registry: Registry): void {
  registry.remove(path, name);
  registry.removeIfEmpty(path);
}
