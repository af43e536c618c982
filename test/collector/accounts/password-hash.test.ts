import { describe, expect, it } from 'vitest';
import { passwordHasher } from '../../../collector/accounts/password-hash.ts';

describe('a password hash', () => {
  const hasher = passwordHasher();

  it('verifies the password it was made of and no other', async () => {
    const stored = await hasher.hash('purple anchor walnut');
    expect(await hasher.verify('purple anchor walnut', stored)).toBe(true);
    expect(await hasher.verify('purple anchor walnuT', stored)).toBe(false);
    expect(await hasher.verify('', stored)).toBe(false);
  });

  it('All passwords must be protected: kept as a PHC string with the cost in it, salted anew each time', async () => {
    const [one, two] = await Promise.all([hasher.hash('the same words'), hasher.hash('the same words')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
  });

  it('takes the same letters in another coding', async () => {
    const stored = await hasher.hash('Zo\u00eb on the hill');
    expect(await hasher.verify('Zoe\u0308 on the hill', stored)).toBe(true);
  });

  it('verifies one that another program made with less cost', async () => {
    const stored = await lessCostly('password');
    expect(await hasher.verify('password', stored)).toBe(true);
    expect(await hasher.verify('passwore', stored)).toBe(false);
  });

  it.each(['', 'plain text', '$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA'])(
    'refuses everything for a stored text that is no hash of ours: %j',
    async (stored) => expect(await hasher.verify('anything', stored)).toBe(false),
  );

  it('refuses a text too long to be a password without hashing it', async () => {
    const stored = await hasher.hash('x'.repeat(256));
    expect(await hasher.verify('x'.repeat(257), stored)).toBe(false);
  });

  it('turns away who comes when enough wait, and serves the rest', async () => {
    const narrow = passwordHasher({ atOnce: 1, waiting: 2 });
    const asked = Array.from({ length: 5 }, () => narrow.hash('purple anchor walnut'));
    const settled = await Promise.allSettled(asked);
    expect(settled.map((result) => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    await expect(asked[4]).rejects.toMatchObject({ code: 'busy', retry: true });
    await expect(narrow.hash('purple anchor walnut')).resolves.toContain('$argon2id$');
  });
});

async function lessCostly(password: string): Promise<string> {
  const { argon2Sync } = await import('node:crypto');
  const nonce = Buffer.from('somesaltsomesalt');
  const tag = argon2Sync('argon2id', {
    message: password,
    nonce,
    memory: 256,
    passes: 2,
    parallelism: 1,
    tagLength: 32,
  });
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=256,t=2,p=1$${text(nonce)}$${text(tag)}`;
}
