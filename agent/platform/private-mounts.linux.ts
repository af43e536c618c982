import type { Mount } from './mounts.linux.ts';

/** Where the agent mounts what nobody else may use yet. Nothing there is in use by a person. */
export function privateFolder(run: string): string {
  return `${run}/portcullis/looking`;
}

export function isPrivate({ mountPoint }: Pick<Mount, 'mountPoint'>, run: string): boolean {
  return mountPoint.startsWith(`${privateFolder(run)}/`);
}
