import { byteSinkOf } from '../text-sink.ts';
import { readCsv } from './csv.ts';
import { looksLikeTable } from './delimiter.ts';
import type { Document } from './reader.ts';
import { textBytes } from './text-bytes.ts';

const headBytes = 4096;

/** Text of any encoding; as a table where its lines are one, whatever it is called. */
export function readPlainText(document: Document): void {
  const [head] = textBytes(document.source);
  if (looksLikeTable(head?.toString('latin1', 0, headBytes) ?? '')) readCsv(document);
  else readText(document);
}

function readText({ source, sink }: Document): void {
  const target = byteSinkOf(sink);
  for (const bytes of textBytes(source)) target.bytes(bytes);
}
