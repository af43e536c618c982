/** See resolv.conf(5): of several such lines the last counts. */
export function parseSearchDomains(resolvConf: string): string[] {
  const lines = [...resolvConf.matchAll(/^(?:search|domain)[ \t]+([^#;\n]*)/gm)];
  const words = lines.at(-1)?.[1]?.trim().split(/\s+/) ?? [];
  return words.map((word) => word.replace(/\.$/, '').toLowerCase()).filter((word) => word !== '');
}
