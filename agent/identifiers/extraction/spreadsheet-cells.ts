/** Cells of a row, as in Excel. What comes after them is a table that no program makes. */
export const mostCells = 16_384;

const dayMilliseconds = 86_400_000;
/** Day 0 of the two ways Excel counts days. */
const epochs = { from1900: Date.UTC(1899, 11, 30), from1904: Date.UTC(1904, 0, 1) };

/** A number as a person would read it in the cell: whole digits instead of 9.99310001E+09, a date as a date. */
export function cellText(value: number, isDate: boolean, epoch1904: boolean): string {
  if (!Number.isFinite(value)) return '';
  if (isDate && value >= 1 && value < 2_958_466) return dateText(value, epoch1904);
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(0) : String(value);
}

function dateText(days: number, epoch1904: boolean): string {
  const epoch = epoch1904 ? epochs.from1904 : epochs.from1900;
  return new Date(epoch + Math.floor(days) * dayMilliseconds).toISOString().slice(0, 10);
}

/** Whether a number format shows dates: the built-in ones by number, others by their letters. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  // Without colours, quoted words and escaped letters.
  const letters = code.replace(/\[[^\]]*\]|"[^"]*"|\\./g, '');
  return /[yd]/i.test(letters) && !/general/i.test(letters);
}

/** Puts a value into its column, so that it stands under its header. A row beyond all bounds is cut. */
export function place(row: string[], column: number, value: string): void {
  if (column >= mostCells) return;
  while (row.length < column) row.push('');
  row[column] = value;
}
