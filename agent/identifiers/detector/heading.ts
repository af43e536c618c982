import { hasWords, type LabelFinder } from './label-finder.ts';
import { says } from './labels.ts';

/** Longer cells are text, bytes. */
const longestHeading = 60;
const naming = says.nhsNumber | says.chi | says.hscNumber | says.niNumber;
const vetoing = says.phone | says.other;

/**
 * What a cell says as the heading of its column or the label of its right neighbour. A name of an identifier holds
 * against everything else in it, and a word for another kind of number against the rest: `Patient order no` is an order.
 */
export function meaningOf(labels: LabelFinder, bytes: Uint8Array, from: number, to: number): number {
  if (to === from || to - from > longestHeading) return 0;
  labels.reset();
  labels.look(bytes, from, to, { from, to });
  let means = 0;
  let rest = from;
  let isAll = true;
  for (let index = 0; index < labels.count; index += 1) {
    means |= labels.meaningOf(index);
    isAll &&= !hasWords(bytes, rest, labels.startOf(index));
    rest = labels.endOf(index);
  }
  isAll &&= !hasWords(bytes, rest, to);
  labels.reset();
  if (isAll && means === says.health) return says.nhsNumber;
  if ((means & naming) !== 0) return means & ~vetoing;
  return (means & vetoing) !== 0 ? means & vetoing : means;
}
