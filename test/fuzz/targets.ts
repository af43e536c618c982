import type { OpenTarget } from './target.ts';

/** Everything there is to fuzz. Loaded when asked for: each brings a good part of the product along. */
export const targets = {
  frames: async () => (await import('./frames.ts')).openFrames(),
  policies: async () => (await import('./policies.ts')).openPolicies(),
  documents: async () => (await import('./documents.ts')).openDocuments(),
  devices: async () => (await import('./devices.ts')).openDevices(),
  console: async () => (await import('./console.ts')).openConsoleTarget(),
  backups: async () => (await import('./backups.ts')).openBackups(),
  exports: async () => (await import('./exports.ts')).openExports(),
} as const satisfies Record<string, OpenTarget>;

export type TargetName = keyof typeof targets;
export const targetNames = Object.keys(targets) as TargetName[];

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(targets, name);
}
