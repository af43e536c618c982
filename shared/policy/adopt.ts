import { parseDocument } from 'yaml';
import { type Fragment, loadPolicy } from './load.ts';

/**
 * Puts a fragment into the text of a policy, comments kept: its defaults replace those of the classes they name, its
 * lists join the others, and its rules stand in place of the policy's own.
 * @throws InvalidError when the text is no valid policy, before or after
 */
export function adopt(policyText: string, { devices, lists, rules }: Fragment): string {
  loadPolicy(policyText);
  const document = parseDocument(policyText, { schema: 'core' });
  for (const [deviceClass, entry] of Object.entries(devices?.defaults ?? {})) {
    document.setIn(['devices', 'defaults', deviceClass, 'rights'], document.createNode(entry.rights));
  }
  for (const [name, list] of Object.entries(lists ?? {})) document.setIn(['lists', name], document.createNode(list));
  if (rules) document.set('rules', document.createNode(rules, { aliasDuplicateObjects: false }));
  const text = document.toString({ lineWidth: 0 });
  loadPolicy(text);
  return text;
}
