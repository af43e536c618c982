import PostalMime from 'postal-mime';
import { memorySource } from './byte-source.ts';
import { textOfHtml } from './html.ts';
import { type Document, wholeOf } from './reader.ts';

/** A message as the internet sends it (.eml, .mht), with the messages and documents attached to it. */
export async function readEml(document: Document): Promise<void> {
  const { sink, budget } = document;
  const mail = await PostalMime.parse(wholeOf(document), {
    attachmentEncoding: 'arraybuffer',
    maxNestingDepth: 32,
    maxRfc822NestingDepth: 4,
  });
  for (const { key, value } of mail.headers) sink.text(`${key}: ${value}\n`);
  sink.part();
  sink.text(`${mail.subject ?? ''}\n${mail.text ?? ''}\n`);
  budget.text(mail.text?.length ?? 0);
  if (mail.html) textOfHtml(mail.html, sink);
  for (const attachment of mail.attachments) {
    budget.part();
    const { content, filename } = attachment;
    const bytes = typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
    const name = filename ?? (attachment.mimeType === 'message/rfc822' ? 'message.eml' : '');
    await document.inner(name, () => memorySource(bytes));
  }
}
