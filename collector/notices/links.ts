import { type Signer, verifier } from '#shared/identity.ts';

/** What a link in a mail can do without a sign-in; it never shows anything of the notice. */
export type LinkPurpose = 'read' | 'side';

/** A link is good for this long, milliseconds. */
const lifetime = 60 * 24 * 60 * 60 * 1000;

export interface NoticeLink {
  purpose: LinkPurpose;
  recipientId: string;
}

const context = 'portcullis.notice-link.v1';
const pattern = /^(read|side)\.([0-9a-f-]{36})\.([0-9a-z]{1,12})\.([A-Za-z0-9_-]{86})$/;

/** For one recipient of one notice and one purpose. */
export function linkToken(signer: Signer, { purpose, recipientId }: NoticeLink, now: number): string {
  const signed = `${purpose}.${recipientId}.${(now + lifetime).toString(36)}`;
  return `${signed}.${signer.sign(context, signed)}`;
}

/** Undefined for what this collector did not sign, and for what is too old. */
export function readLink(publicKey: string, token: string, now: number): NoticeLink | undefined {
  const [, purpose, recipientId, end = '', signature = ''] = pattern.exec(token) ?? [];
  if (recipientId === undefined || Number.parseInt(end, 36) < now) return undefined;
  if (!verifier(publicKey)(context, `${purpose}.${recipientId}.${end}`, signature)) return undefined;
  return { purpose: purpose === 'side' ? 'side' : 'read', recipientId };
}

/** A sent text for people who look at it later: its links without what makes them work. */
export function withoutSignatures(text: string): string {
  return text.replaceAll(
    /\b((?:read|side)\.[0-9a-f-]{36}\.[0-9a-z]{1,12})\.[A-Za-z0-9_-]{86}/g,
    '$1.(signature not shown)',
  );
}
