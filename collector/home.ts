import { statSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import { readIfThere, writeDurably } from '#shared/files.ts';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import { checker, exactObject, oneOf, Text } from '#shared/schema.ts';
import { type PasswordProfileName, passwordProfileNames } from './accounts/password-profiles.ts';
import { SignOnSettings } from './accounts/sign-on-settings.ts';
import { BackupSettings } from './backup/settings.ts';
import { type ExportSettings, ExportSettingsList, exportSettings } from './exports/settings.ts';
import { MailSettings, WebhookSettings } from './notices/mail-settings.ts';

export const profileNames = ['focus', 'ccg'] as const;
export type ProfileName = (typeof profileNames)[number];

const Settings = exactObject({
  organisation: Text,
  profile: oneOf(profileNames),
  /** How passwords of console accounts must be. Default: Appendix A for the CCG, Cyber Essentials for others. */
  passwordProfile: Type.Optional(oneOf(passwordProfileNames)),
  /** Consoles of other organisations that the same ICT supplier works for: shown to ICT as links and no more. */
  otherConsoles: Type.Optional(
    Type.Array(exactObject({ organisation: Text, address: Type.String({ pattern: '^https://[^\\s"<>]{1,200}$' }) }), {
      maxItems: 50,
    }),
  ),
  /** Sign-in through the organisation's identity provider. */
  signOn: Type.Optional(SignOnSettings),
  /** Where records of events and alerts go by themselves. */
  exports: Type.Optional(ExportSettingsList),
  /** The mail server that notices go by; without it they stand in the console alone. */
  mail: Type.Optional(MailSettings),
  /** Other programs that hear of notices. */
  webhooks: Type.Optional(Type.Array(WebhookSettings, { maxItems: 8 })),
  /** A backup every day. */
  backup: Type.Optional(BackupSettings),
});
export type Settings = Type.Static<typeof Settings>;
export type OtherConsole = NonNullable<Settings['otherConsoles']>[number];

/** The collector's folder: everything it keeps, secrets readable by its own account only. */
export interface Home {
  folder: string;
  store: string;
  certificate: string;
  certificateKey: string;
  settings: Settings;
  passwordProfile: PasswordProfileName;
  /** What proves this collector to the identity provider, from the file `sign-on-secret`; undefined: PKCE alone. */
  signOnSecret: string | undefined;
  /** File with the key that seals the secrets of second factors; made at the first start. */
  secondFactorKey: string;
  /** Destinations of records. */
  exports: ExportSettings[];
  /** From the files `mail-password` and `webhook-secret`, and the certificate that the mail settings name. */
  mailPassword: string | undefined;
  mailCertificate: string | undefined;
  webhookSecret: string | undefined;
  /** Signs policies; its public half also names this collector to agents. */
  policySigner: Signer;
}

/** @throws PortcullisError `notInitialised` when `portcullis-collector init` was not run for this folder */
export function openHome(folder: string): Home {
  const settings = readIfThere(settingsFile(folder));
  const key = readIfThere(keyFile(folder));
  if (settings !== undefined && key === undefined) {
    throw new PortcullisError(
      'keyMissing',
      `The file ${keyFile(folder)} is missing. Put it back from its copy: agents believe no other key.`,
    );
  }
  if (settings === undefined || key === undefined) {
    throw new PortcullisError(
      'notInitialised',
      `There is no collector in ${folder}. Run "portcullis-collector init" first.`,
    );
  }
  const known = checker(Settings).parse(JSON.parse(settings), 'settings.json');
  return {
    folder,
    store: storeFile(folder),
    certificate: join(folder, 'tls', 'certificate.pem'),
    certificateKey: join(folder, 'tls', 'key.pem'),
    settings: known,
    passwordProfile: known.passwordProfile ?? (known.profile === 'ccg' ? 'ccg-appendix-a' : 'cyber-essentials'),
    signOnSecret: readIfThere(join(folder, 'sign-on-secret'))?.trim(),
    secondFactorKey: join(folder, 'second-factor-key'),
    exports: exportSettings(known.exports ?? []),
    mailPassword: readSecret(join(folder, 'mail-password')),
    mailCertificate: known.mail?.certificate && readIfThere(join(folder, known.mail.certificate)),
    webhookSecret: readSecret(join(folder, 'webhook-secret')),
    policySigner: signer(key),
  };
}

/** @throws PortcullisError `secretReadable` when others on this computer could read it too */
function readSecret(file: string): string | undefined {
  const secret = readIfThere(file)?.trim();
  if (secret === undefined || process.getuid === undefined) return secret;
  if ((statSync(file).mode & 0o077) === 0) return secret;
  throw new PortcullisError('secretReadable', `Others can read ${file}. Run: chmod 600 ${file}`);
}

/** Makes the folder with its settings and policy key. Does nothing to a home that exists. */
export function createHome(folder: string, settings: Settings): boolean {
  if (readIfThere(settingsFile(folder)) !== undefined) return false;
  if (readIfThere(keyFile(folder)) === undefined) writeDurably(keyFile(folder), newKeyPair().privateKeyPem);
  writeDurably(settingsFile(folder), `${JSON.stringify(settings, null, 2)}\n`);
  return true;
}

export function storeFile(folder: string): string {
  return join(folder, 'store.sqlite');
}
function settingsFile(folder: string): string {
  return join(folder, 'settings.json');
}
function keyFile(folder: string): string {
  return join(folder, 'policy-key.pem');
}
