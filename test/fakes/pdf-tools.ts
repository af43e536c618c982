import { spawnSync } from 'node:child_process';

/** Poppler reads PDFs back in the tests (`apt-get install poppler-utils`). */
export const hasPdfTools = spawnSync('pdfinfo', ['-v']).status === 0;
export const noPdfTools = hasPdfTools ? '' : ' (skipped: poppler-utils is not installed)';
