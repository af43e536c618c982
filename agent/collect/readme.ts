import type { Manifest } from './command.ts';

/** The page beside a capture, for the person who is about to send it. */
export function readme({ os, version, files, missing }: Manifest): string {
  const left = missing.map(({ what, why }) => `  ${what}: ${why}`);
  return `A capture of what this computer says of its devices
===================================================

Made by "portcullis-agent collect" ${version} on ${os}. The makers of Portcullis use such captures as examples that the agent
is tested with. Nothing was sent anywhere: you decide whether you hand this file on, and you can look into it before.

What is inside
  capture/       answers of the system, each in a file named after where it comes from: ${files.length - 1} files
  links.json     which of these places the system shows under a second name
  manifest.json  a list of all files with their sizes and checksums

What was taken out
  Every word that is not in a list of words which say nothing of whose computer this is, such as "removable" or "ntfs": names
  of people, computers, accounts, folders and files, names and serial numbers of devices, labels, addresses. Each was replaced
  by letters and digits of the same length by a key that was made for this capture and is kept nowhere.

What stays
  The numbers of vendor, product and class by which a kind of device is known, sizes, states, kinds of file systems, how the
  parts hang together, versions of the system; numbers of up to four digits; and lengths of words.
${left.length === 0 ? '' : `\nWhat could not be had\n${left.join('\n')}\n`}`;
}
