/** A line of mount(8). */
export interface Mount {
  mountPoint: string;
  /** `apfs`, `smbfs`. */
  filesystem: string;
  /** It lies on this computer, as the kernel says. */
  isLocal: boolean;
}

/** Pure. `/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)`: words of the kernel, which are not translated. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    // A share or a folder may have brackets in its name; the last pair is the kernel's.
    const [, mountPoint, options] = /^.*? on (\/.*) \(([^()]*)\)$/.exec(line) ?? [];
    const [filesystem, ...words] = options?.split(', ') ?? [];
    if (mountPoint === undefined || !filesystem) return [];
    return [{ mountPoint, filesystem, isLocal: words.includes('local') }];
  });
}
