import { isDigit, isLetter, newline, space } from './bytes.ts';
import { hasWords, type LabelFinder } from './label-finder.ts';
import { says } from './labels.ts';

/** How far a word reaches, in characters, as Microsoft Purview has it. A character is at most four bytes. */
const reachCharacters = 300;
export const reachBytes = reachCharacters * 4;
/** How far before a number a word may stand that says it is of another kind, in bytes. */
const vetoBytes = 50;
/** How far before a list the headings of its columns may begin, in bytes. */
const headingBytes = 100;

/** Where an identifier stands, and where the text ends that may say something of it. */
export interface Place {
  from: number;
  start: number;
  end: number;
  to: number;
}

const naming = says.nhsNumber | says.chi | says.hscNumber | says.niNumber;
const vetoing = says.phone | says.other;

/**
 * What the words within reach say of the identifier at a place, as bits of `says`. Null when the nearest word before it
 * says that it is a telephone number or a number of another kind.
 */
export function contextOf(labels: LabelFinder, bytes: Uint8Array, place: Place): number | null {
  const { from, start, end, to } = place;
  labels.look(bytes, Math.max(from, start - reachBytes), Math.min(to, end + reachBytes), place);
  const before = meaningBefore(labels, bytes, start);
  if (before === null) return null;
  const after = meaningAfter(labels, bytes, end);
  // What was said of it before, by name, holds against a remark that follows.
  return after === null && (before & naming) === 0 ? null : before | (after ?? 0);
}

/** From the nearest word before a place to the furthest within reach. */
function meaningBefore(labels: LabelFinder, bytes: Uint8Array, start: number): number | null {
  let meanings = 0;
  let overruled = 0;
  let adjacent = true;
  let reachEnd = start - reachCharacters;
  for (let index = labels.count - 1; index >= 0; index -= 1) {
    const means = labels.meaningOf(index);
    const labelEnd = labels.endOf(index);
    if (labelEnd > start) continue;
    if (labelEnd < reachEnd) reachEnd = charactersBefore(bytes, start);
    if (labelEnd < reachEnd) break;
    if ((means & vetoing & ~overruled) !== 0 && isAbout(bytes, labelEnd, start)) return null;
    adjacent &&= !hasWords(bytes, labelEnd, start);
    overruled |= overrules(means, adjacent);
    meanings |= adjacent && (means & says.health) !== 0 ? means | says.nhsNumber : means;
  }
  return meanings;
}

/** From the nearest word after a place to the furthest within reach. */
function meaningAfter(labels: LabelFinder, bytes: Uint8Array, end: number): number | null {
  let meanings = 0;
  let reachEnd = end + reachCharacters;
  for (let index = 0; index < labels.count; index += 1) {
    const labelStart = labels.startOf(index);
    if (labelStart < end) continue;
    if ((labels.meaningOf(index) & says.phone) !== 0 && isBracketed(bytes, end, labelStart)) return null;
    if (labelStart > reachEnd) reachEnd = charactersAfter(bytes, end);
    if (labelStart > reachEnd) break;
    meanings |= labels.meaningOf(index);
  }
  return meanings;
}

/** Which vetoes further away are void: `invoice for patient 999 …`, but not `telephone of patient 07700 …`. */
function overrules(means: number, adjacent: boolean): number {
  if ((means & naming) !== 0) return vetoing;
  return adjacent && (means & says.patient) !== 0 ? says.other : 0;
}

/** The place as many characters back as a word reaches: bytes that continue a character of UTF-8 are none. */
function charactersBefore(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let left = reachCharacters; left > 0 && at > 0 && start - at < reachBytes; )
    if (((bytes[--at] ?? 0) & 0xc0) !== 0x80) left -= 1;
  return at;
}

function charactersAfter(bytes: Uint8Array, end: number): number {
  let at = end;
  for (let left = reachCharacters; at < bytes.length && at - end < reachBytes; at += 1)
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80 && --left < 0) break;
  return at;
}

/**
 * Whether a word speaks of the number after it: near, in the same sentence, and not with a number of its own already,
 * as in `order 1234 of patient 999 …`. Several numbers may follow one word; the line may end after the word itself.
 */
export function isAbout(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > vetoBytes) return false;
  let words = false;
  let digits = false;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (isDigit(byte)) digits = true;
    else if (isLetter(byte)) words = true;
    if (isLetter(byte) && digits) return false;
    if (byte === newline && (words || digits || hasWords(bytes, at, to))) return false;
    // The end of a sentence; but `Tel. 07700` and `Order no. 4` are one.
    if (byte === 0x2e && bytes[at + 1] === space && (words || hasLetters(bytes, at, to))) return false;
  }
  return true;
}

/** Whether a word follows in brackets: `7700900000 (mobile)`. */
function isBracketed(bytes: Uint8Array, end: number, labelStart: number): boolean {
  return labelStart - end <= 2 && bytes[labelStart - 1] === 0x28;
}

/** Whether a word shortly before says that numbers of another kind follow, and none that they are people's. */
export function isHeadedByOthers(labels: LabelFinder, bytes: Uint8Array, { from, start, to }: Place): boolean {
  labels.reset();
  labels.look(bytes, Math.max(from, start - headingBytes), start, { from, to });
  let meanings = 0;
  for (let index = 0; index < labels.count; index += 1) meanings |= labels.meaningOf(index);
  return (meanings & vetoing) !== 0 && (meanings & naming) === 0;
}

/** Where the last word before a place ends, if it is near and means this; else null. */
export function endOfLabelBefore(
  labels: LabelFinder,
  bytes: Uint8Array,
  { from, start, to }: Place,
  means: number,
): number | null {
  const lookFrom = Math.max(from, start - vetoBytes);
  if (means === says.dateOfBirth && !hasB(bytes, lookFrom, start)) return null;
  labels.reset();
  labels.look(bytes, lookFrom, start, { from, to });
  const last = labels.count - 1;
  return last >= 0 && labels.endOf(last) <= start && (labels.meaningOf(last) & means) !== 0 ? labels.endOf(last) : null;
}

/** Every word for a date of birth has this letter, and most dates have none before them that has. */
function hasB(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (((bytes[at] ?? 0) | space) === 0x62) return true;
  return false;
}

function hasLetters(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (isLetter(bytes[at])) return true;
  return false;
}
