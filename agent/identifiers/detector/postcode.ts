import { isAlphanumeric, isDigit, isUpper, space } from './bytes.ts';
import type { Found } from './found.ts';

/** BS 7666: A9, A99, A9A, AA9, AA99, AA9A, a space, 9AA. Capitals only, for `it 9am` is no postcode. */
const outward =
  /^(?:[A-PR-UWYZ][0-9]{1,2}|[A-PR-UWYZ][0-9][A-HJKPSTUW]|[A-PR-UWYZ][A-HK-Y][0-9]{1,2}|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY])$/;
const inwardPart = /^[0-9][ABD-HJLNP-UW-Z]{2}$/;
const girobank = 'GIR';
/** Districts the NHS made up for people without an address. */
const pseudo = 'ZZ99';

/** The postcode whose inward digit is the one before `end`: `OX1 1AA`. */
export function postcodeAround(bytes: Uint8Array, from: number, end: number, to: number): Found | null {
  if (end + 2 > to || !isUpper(bytes[end]) || !isUpper(bytes[end + 1])) return null;
  if (end + 2 < to && isAlphanumeric(bytes[end + 2])) return null;
  const inward = end - 1;
  const outwardEnd = bytes[inward - 1] === space ? inward - 1 : inward;
  let start = outwardEnd;
  while (start > from && start > outwardEnd - 5 && (isUpper(bytes[start - 1]) || isDigit(bytes[start - 1]))) start -= 1;
  if (start > from && isAlphanumeric(bytes[start - 1])) return null;
  const district = String.fromCharCode(...bytes.subarray(start, outwardEnd));
  const unit = String.fromCharCode(...bytes.subarray(inward, end + 2));
  const test = district === pseudo;
  if (!test && (!inwardPart.test(unit) || (district !== girobank && !outward.test(district)))) return null;
  return { key: Number.parseInt(district + unit, 36), start, end: end + 2, test };
}
