import type { FastifyInstance } from 'fastify';
import type { AssetDetails } from '../register/asset-details.ts';
import { type AssetPreview, editableColumns, importAssets, previewAssets } from '../register/asset-import.ts';
import { disposalWords } from './computer-words.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted } from './words.ts';

/** Thousands of computers, and no film. Bytes of the whole form. */
const bodyLimit = 2 * 1024 * 1024;
const shown = 500;

/** A file of owners, locations and notes: looked at first, then applied. */
export function computerImportRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  const page = { name: 'computer-import', title: 'Import details of computers', section: 'computers' } as const;
  const columns = ['computer', ...editableColumns].join(', ');
  app.get('/computers/import', (request, reply) => sendPage(context, request, reply, { ...page, data: { columns } }));

  app.post('/computers/import', { bodyLimit }, async (request, reply) => {
    const text = fieldOf(request.body, 'text');
    const changed = { accountId: visitOf(request).account.id, now: clock.now() };
    try {
      if (fieldOf(request.body, 'step') === 'apply') {
        const done = `${counted(await importAssets(store, text, changed), 'computer')} changed.`;
        return sendPage(context, request, reply, { ...page, data: { columns, done } });
      }
      const plan = planView(await previewAssets(store, text));
      return sendPage(context, request, reply, { ...page, data: { columns, text, plan } });
    } catch (error) {
      return sendPage(context, request, reply, { ...page, data: { columns, text }, errors: formErrors(error, 'text') });
    }
  });
}

const fieldWords: Record<keyof AssetDetails, string> = {
  assetTag: 'Asset tag',
  owner: 'Owner',
  iao: 'Information Asset Owner',
  location: 'Location',
  portable: 'Portable',
  disposal: 'Disposal',
  disposalNote: 'How it was disposed of',
  notes: 'Notes',
};

function planView({ changes, same, faults }: AssetPreview) {
  const words = (field: keyof AssetDetails, value: string) =>
    value === '' ? 'nothing' : field === 'disposal' ? disposalWords[value as AssetDetails['disposal']] : `“${value}”`;
  return {
    faults,
    summary: `${counted(changes.length, 'computer')} would change, ${same.toLocaleString('en-GB')} stay as they are`,
    more: Math.max(0, changes.length - shown),
    rows: changes.slice(0, shown).map(({ computer, fields }) => ({
      hostname: computer.hostname,
      what: fields.map(({ field, from, to }) => `${fieldWords[field]}: ${words(field, from)} → ${words(field, to)}`),
    })),
  };
}
