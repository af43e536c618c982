import type { Input, Target } from './target.ts';

/** What went wrong, as a sentence that stays the same while the input gets smaller. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack
    ?.split('\n')
    .find((line) => /\/(agent|collector|shared)\//.test(line))
    ?.replace(/.*\/(?=agent|collector|shared)/, '');
  return [`${error.name}: ${error.message.split('\n')[0]?.slice(0, 200)}`, place?.replace(/\)$/, '')]
    .filter(Boolean)
    .join(' at ');
}

/** @returns the fault, or undefined when all that must hold does */
export async function faultWith(target: Target, input: Input): Promise<string | undefined> {
  try {
    await target.look(input);
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}

/** Cuts pieces out of an input for as long as the same goes wrong. @param tries inputs looked at, at most */
export async function minimise(target: Target, input: Input, tries = 600): Promise<Input> {
  const kind = (fault: string | undefined) => fault?.replace(/[^ ]*\d[^ ]*/g, '#');
  const wanted = kind(await faultWith(target, input));
  let { bytes } = input;
  let left = tries;
  for (let size = Math.ceil(bytes.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < bytes.length && left > 0; left--) {
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
      if (kind(await faultWith(target, { ...input, bytes: shorter })) === wanted) bytes = shorter;
      else at += size;
    }
  }
  return { ...input, bytes };
}
