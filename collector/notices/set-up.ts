import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Signer } from '#shared/identity.ts';
import { policyMemory } from '../policies/policy-memory.ts';
import type { Channel } from './channels/channel.ts';
import { mailChannel } from './channels/mail.ts';
import { webhookChannel } from './channels/webhook.ts';
import { checkMailSettings, type MailSettings, type WebhookSettings } from './mail-settings.ts';
import { messageWriter } from './message.ts';
import type { NoticeSite } from './surroundings.ts';

/** What the collector's folder says of notices. */
export interface NoticeHome {
  organisation: string;
  mail: MailSettings | undefined;
  mailPassword: string | undefined;
  /** PEM of the file that `mail.certificate` names. */
  mailCertificate: string | undefined;
  webhooks: readonly WebhookSettings[];
  webhookSecret: string | undefined;
  signer: Signer;
}

/** @throws PortcullisError `mailUnprotected`, `mailPasswordMissing`, `webhookSecretMissing` when a part of the settings is missing */
export function noticeParts(home: NoticeHome, clock: Clock) {
  const { organisation, mail, webhooks, signer } = home;
  const address = mail?.address ?? '';
  const policyOf = policyMemory();
  const site: NoticeSite = {
    organisation,
    contacts: mail?.contacts ?? {},
    mails: mail !== undefined,
    domain: mail ? new URL(mail.address).hostname : noDomain,
    policyOf,
  };
  const write = messageWriter({
    organisation,
    mail: { address, ...(mail?.askWhom !== undefined && { askWhom: mail.askWhom }) },
    webhooks,
    signer,
    policyOf,
  });
  return { organisation, site, webhooks, write, channels: channelsOf(home, clock) };
}

const noDomain = 'portcullis.invalid';

/** Where no mail is set up. */
export function silentSite(organisation: string): NoticeSite {
  return { organisation, contacts: {}, mails: false, domain: noDomain, policyOf: policyMemory() };
}

function channelsOf(home: NoticeHome, clock: Clock): Map<string, Channel> {
  const channels = new Map<string, Channel>();
  if (home.mail) channels.set('mail', mailOf(home, home.mail));
  for (const webhook of home.webhooks) {
    if (home.webhookSecret === undefined) {
      const says = 'settings.json names webhooks. Put a long random secret into the file webhook-secret beside it.';
      throw new PortcullisError('webhookSecretMissing', says);
    }
    channels.set(`webhook:${webhook.name}`, webhookChannel(webhook, home.webhookSecret, clock));
  }
  return channels;
}

function mailOf({ mailPassword, mailCertificate }: NoticeHome, mail: MailSettings): Channel {
  checkMailSettings(mail);
  if (mail.user !== undefined && mailPassword === undefined) {
    const says = 'settings.json names a user for mail. Put the password into the file mail-password beside it.';
    throw new PortcullisError('mailPasswordMissing', says);
  }
  return mailChannel(mail, { password: mailPassword, certificate: mailCertificate });
}
