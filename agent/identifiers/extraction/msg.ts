import { memorySource } from './byte-source.ts';
import { type CompoundEntry, childOf } from './compound-file.ts';
import { decompressRtf } from './compressed-rtf.ts';
import { textOfHtml } from './html.ts';
import type { Document } from './reader.ts';
import { decoderFor } from './scan-markup.ts';

/** [MS-OXPROPS]: the properties that hold words of people: subject, sender, recipients, headers, body. */
const texts = ['0037', '0c1a', '0c1f', '0e04', '0e03', '0e02', '007d', '1000'];
const html = '1013';
const compressedRtf = '1009';
const attachmentData = '3701';
const attachmentNames = ['3707', '3704', '3001'];
const deepest = 4;

/** An Outlook message: each property is a stream of its own, each recipient and attachment a storage. */
export async function readMsg(document: Document, message: CompoundEntry, depth = 0): Promise<void> {
  const { sink, budget } = document;
  budget.part();
  sink.part();
  for (const property of texts) sink.text(`${textOf(document, message, property)}\n`);
  const markup = textOf(document, message, html);
  if (markup !== '') textOfHtml(markup, sink);
  const rtf = childOf(message, `__substg1.0_${compressedRtf}0102`)?.bytes(budget.limits.wholeBytes);
  if (rtf) await document.inner('body.rtf', () => memorySource(decompressRtf(rtf, budget.limits.wholeBytes)));
  for (const child of message.children) {
    if (child.name.startsWith('__recip_version')) tellRecipient(document, child);
    else if (child.name.startsWith('__attach_version')) await readAttachment(document, child, depth);
  }
}

function tellRecipient(document: Document, recipient: CompoundEntry): void {
  document.sink.text(`${textOf(document, recipient, '3001')} ${textOf(document, recipient, '3003')}\n`);
}

async function readAttachment(document: Document, attachment: CompoundEntry, depth: number): Promise<void> {
  const message = childOf(attachment, `__substg1.0_${attachmentData}000D`);
  if (message && depth < deepest) await readMsg(document, message, depth + 1);
  const data = childOf(attachment, `__substg1.0_${attachmentData}0102`);
  if (!data) return;
  const name = attachmentNames.map((property) => textOf(document, attachment, property)).find((text) => text !== '');
  await document.inner(name ?? '', () => memorySource(data.bytes(document.budget.limits.wholeBytes)));
}

const windows = decoderFor('windows-1252');

/** A property as text: UTF-16 or, in older messages and for HTML, single bytes. Empty when there is none. */
function textOf({ budget }: Document, storage: CompoundEntry, property: string): string {
  const wide = childOf(storage, `__substg1.0_${property}001F`);
  const narrow = childOf(storage, `__substg1.0_${property}001E`) ?? childOf(storage, `__substg1.0_${property}0102`);
  const bytes = (wide ?? narrow)?.bytes(budget.limits.wholeBytes) ?? Buffer.alloc(0);
  budget.text(bytes.length);
  return wide ? bytes.toString('utf16le') : windows.decode(bytes);
}
