import type { Registry, RegistryEar } from '../../platform/windows/registry.ts';
import type { Ears } from './ears.ts';

/** Asking whether something changed takes a microsecond, and parks no thread as waiting for it would. */
const askMilliseconds = 2_000;

/** Listens at keys of the registry. */
export function registryEars(registry: Registry): (hear: () => void) => Ears {
  return (hear) => {
    const ears = new Map<string, RegistryEar>();
    let timer: NodeJS.Timeout | undefined;

    function ask(): void {
      let heard = false;
      for (const ear of ears.values()) heard = ear.hasChanged() || heard;
      if (heard) hear();
    }

    return {
      listenAt(signs) {
        timer ??= setInterval(ask, askMilliseconds).unref();
        const found = signs.map(({ folder }) => {
          const ear = ears.get(folder) ?? registry.listenAt(folder);
          if (ear) ears.set(folder, ear);
          return ear;
        });
        return found.some((ear) => ear !== undefined);
      },
      stop() {
        clearInterval(timer);
        for (const ear of ears.values()) ear.close();
        ears.clear();
      },
    };
  };
}
