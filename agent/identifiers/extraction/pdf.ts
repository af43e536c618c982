import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { WrappedPdfiumModule } from '@embedpdf/pdfium';
import { memorySource } from './byte-source.ts';
import { type Document, wholeOf } from './reader.ts';
import { Unread } from './unread.ts';

/** PDFium as WebAssembly: what it may do wrong, it does within its own memory. */
export async function readPdf(document: Document): Promise<void> {
  const pdfium = await pdfiumRunning();
  using loaded = inMemory(pdfium, wholeOf(document));
  const file = pdfium.FPDF_LoadMemDocument(loaded.at, loaded.size, '');
  if (file === 0) throw refusal(pdfium.FPDF_GetLastError());
  try {
    const characters = readPages(document, pdfium, file);
    await readAttachments(document, pdfium, file);
    if (characters === 0) throw new Unread('not-inspectable', 'Its pages hold no text, as those of a scan.');
  } finally {
    pdfium.FPDF_CloseDocument(file);
  }
}

type Pdfium = typeof import('@embedpdf/pdfium');
let program: Promise<{ init: Pdfium['init']; code: Uint8Array<ArrayBuffer> }> | undefined;
let running: Promise<WrappedPdfiumModule> | undefined;

/** Fetches PDFium from the disk, for a process that soon may not. */
export function fetchPdfium(): NonNullable<typeof program> {
  program ??= (async () => {
    const { init } = await import('@embedpdf/pdfium');
    const place = createRequire(import.meta.url).resolve('@embedpdf/pdfium/pdfium.wasm');
    return { init, code: new Uint8Array(readFileSync(place)) };
  })();
  return program;
}

/** Takes about 0.1 s, once. */
function pdfiumRunning(): Promise<WrappedPdfiumModule> {
  running ??= (async () => {
    const { init, code } = await fetchPdfium();
    const pdfium = await init({ wasmBinary: code.buffer });
    pdfium.PDFiumExt_Init();
    return pdfium;
  })();
  return running;
}

// fpdfview.h
const passwordNeeded = 4;
const unknownSecurity = 5;

function refusal(error: number): Unread {
  if (error === passwordNeeded || error === unknownSecurity)
    return new Unread('encrypted', 'It is protected by a password.');
  return new Unread('failed', 'It is damaged, or not what it seems to be.');
}

/** @returns how many characters there were */
function readPages({ sink, budget }: Document, pdfium: WrappedPdfiumModule, file: number): number {
  const pages = pdfium.FPDF_GetPageCount(file);
  let characters = 0;
  for (let index = 0; index < Math.min(pages, budget.limits.pages); index++) {
    const text = pageText(pdfium, file, index);
    budget.text(text.length);
    characters += text.trim().length;
    sink.text(`${text}\n`);
  }
  if (pages > budget.limits.pages) throw new Unread('too-large', `It has more than ${budget.limits.pages} pages.`);
  return characters;
}

const longestPage = 4 * 1024 * 1024;

/** A page that cannot be read is an empty one: the others may still be good. */
function pageText(pdfium: WrappedPdfiumModule, file: number, index: number): string {
  const page = openPage(pdfium, file, index);
  if (page === 0) return '';
  const text = pdfium.FPDFText_LoadPage(page);
  try {
    const length = text === 0 ? 0 : Math.min(pdfium.FPDFText_CountChars(text), longestPage);
    if (length <= 0) return '';
    using buffer = inMemory(pdfium, length * 2 + 2);
    // Its answer counts the mark at the end.
    const told = pdfium.FPDFText_GetText(text, 0, length, buffer.at);
    return buffer.bytes().toString('utf16le', 0, Math.max(0, told - 1) * 2);
  } finally {
    if (text !== 0) pdfium.FPDFText_ClosePage(text);
    pdfium.FPDF_ClosePage(page);
  }
}

/** With what forms and notes show made part of the page, because they are no text of it otherwise. */
function openPage(pdfium: WrappedPdfiumModule, file: number, index: number): number {
  const page = pdfium.FPDF_LoadPage(file, index);
  if (page === 0 || pdfium.FPDFPage_GetAnnotCount(page) === 0) return page;
  pdfium.FPDFPage_Flatten(page, 0);
  pdfium.FPDF_ClosePage(page);
  return pdfium.FPDF_LoadPage(file, index);
}

async function readAttachments(document: Document, pdfium: WrappedPdfiumModule, file: number): Promise<void> {
  const count = Math.min(pdfium.FPDFDoc_GetAttachmentCount(file), document.budget.limits.parts);
  for (let index = 0; index < count; index++) {
    document.budget.part();
    const attachment = pdfium.FPDFDoc_GetAttachment(file, index);
    const bytes = answer(document, pdfium, (at, size, need) =>
      pdfium.FPDFAttachment_GetFile(attachment, at, size, need),
    );
    const name = answer(document, pdfium, (at, size, need) => {
      pdfium.pdfium.setValue(need, pdfium.FPDFAttachment_GetName(attachment, at, size), 'i32');
      return true;
    });
    if (bytes) await document.inner(name?.toString('utf16le', 0, name.length - 2) ?? '', () => memorySource(bytes));
  }
}

type Ask = (at: number, size: number, need: number) => boolean;

/** PDFium's way to hand bytes over: ask how many there are, then again with room for them. */
function answer({ budget }: Document, pdfium: WrappedPdfiumModule, ask: Ask): Buffer | undefined {
  using need = inMemory(pdfium, 8);
  if (!ask(0, 0, need.at)) return undefined;
  const size = need.bytes().readUInt32LE(0);
  budget.whole(size);
  if (size === 0) return undefined;
  using room = inMemory(pdfium, size);
  return ask(room.at, size, need.at) ? Buffer.from(room.bytes()) : undefined;
}

/** A piece of PDFium's memory, with a copy of `content` in it or as many bytes as it says. */
function inMemory({ pdfium }: WrappedPdfiumModule, content: Uint8Array | number) {
  // Looked up anew each time, because the memory moves when it grows. The package's types leave it out.
  const memory = () => (pdfium as typeof pdfium & { HEAPU8: Uint8Array }).HEAPU8;
  const size = typeof content === 'number' ? content : content.length;
  const at = pdfium.wasmExports.malloc(size);
  if (at === 0) throw new Unread('too-large', 'It needs more memory than it may have.');
  if (typeof content !== 'number') memory().set(content, at);
  return {
    at,
    size,
    bytes: () => Buffer.from(memory().buffer, at, size),
    [Symbol.dispose]: () => pdfium.wasmExports.free(at),
  };
}
