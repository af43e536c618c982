import { errorMessage, InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Store } from '../store/tables.ts';
import { type CsvRow, readCsv } from './csv.ts';
import { type Doing, issueMedium, type MediumToIssue } from './media.ts';
import { readMoment } from './moment.ts';

/** Columns of the file; those with a star must be there. */
export const mediaColumns = [
  'serial',
  'holder',
  'approver',
  'vendor_id',
  'product_id',
  'label',
  'encrypted_by',
  'expires',
] as const;
const required = ['serial', 'holder', 'approver'] as const;
const mostFaultsTold = 50;

/**
 * Issues every medium of a CSV file, or none of them.
 * @returns how many
 * @throws InvalidError that lists every line with a fault, one a line
 */
export async function importMedia(store: Store, text: string, doing: Doing): Promise<number> {
  const rows = readCsv(text, mediaColumns, required);
  return store.transaction().execute(async (tx) => {
    const faults: string[] = [];
    for (const row of rows) {
      try {
        await issueMedium(tx, mediumIn(row), doing);
      } catch (error) {
        // Only what is wrong with a line is told as such; a store that fails ends the whole.
        if (!(error instanceof PortcullisError)) throw error;
        faults.push(`Line ${row.line}: ${errorMessage(error)}`);
      }
    }
    if (faults.length > 0) throw new InvalidError(faultText(faults));
    return rows.length;
  });
}

function faultText(faults: readonly string[]): string {
  const more = faults.length - mostFaultsTold;
  const told = faults.slice(0, mostFaultsTold);
  return ['Nothing was imported.', ...told, ...(more > 0 ? [`And ${more} lines more.`] : [])].join('\n');
}

function mediumIn({ values }: CsvRow): MediumToIssue {
  const { vendor_id, product_id, label, encrypted_by, expires } = values;
  for (const name of required) if (values[name] === undefined) throw new InvalidError(`There is no ${name}.`);
  if (encrypted_by !== undefined && encrypted_by !== 'us' && encrypted_by !== 'other') {
    throw new InvalidError('encrypted_by is "us", "other" or empty.');
  }
  return {
    serial: values.serial ?? '',
    holder: values.holder ?? '',
    approver: values.approver ?? '',
    ...(vendor_id !== undefined && { vendorId: vendor_id.toLowerCase() }),
    ...(product_id !== undefined && { productId: product_id.toLowerCase() }),
    ...(label !== undefined && { label }),
    ...(encrypted_by !== undefined && { encryptedBy: encrypted_by }),
    ...(expires !== undefined && { expiresAt: readMoment(expires, 'end') }),
  };
}
