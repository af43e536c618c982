import Type from 'typebox';
import { exactObject, oneOf, Text } from '#shared/schema.ts';
import { roles } from './roles.ts';

/** OpenID Connect sign-in at the organisation's identity provider, for example Entra ID. Part of `settings.json`. */
export const SignOnSettings = exactObject({
  /** `https://login.microsoftonline.com/<tenant>/v2.0`. The issuer of one tenant, never `common`. */
  issuer: Type.String({ pattern: '^https://|^http://(localhost|127\\.0\\.0\\.1)[:/]', maxLength: 255 }),
  clientId: Text,
  /** Where people reach this console, for example `https://collector.example:8443`. */
  address: Type.String({ pattern: '^https://[^/]+$', maxLength: 255 }),
  /** Shown on the button: "Sign in with …". */
  name: Type.Optional(Text),
  /** Values of the claim `roles` that mean one of our roles. Without this they are the names of our roles. */
  roles: Type.Optional(Type.Record(Text, oneOf(roles))),
});
export type SignOnSettings = Type.Static<typeof SignOnSettings>;
