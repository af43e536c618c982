import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { makeServer } from '../../../collector/api/server.ts';
import { consolePages } from '../../../collector/console/console.ts';
import { makeCertificate } from '../../../collector/gateway/certificate.ts';
import { addAccount, signInAs, testSigner, testStore } from './site.ts';

it('the pages keep their content policy inside the server that agents share, and are sent over TLS for good', async () => {
  await using made = await testStore();
  const app = await makeServer({
    log: made.context.log,
    certificate: await makeCertificate(['localhost'], Date.now()),
    registry: new Registry(),
    ready: () => Promise.resolve(true),
    plugins: [
      consolePages(made.context, {
        organisation: 'Example Care',
        passwords: made.context.passwords,
        secrets: made.context.secrets,
        fingerprint: '',
        signer: testSigner,
      }),
    ],
  });
  await addAccount(made.context);
  const { headers, statusCode } = await (await signInAs(app as unknown as Parameters<typeof signInAs>[0])).get('/');
  await app.close();
  expect(statusCode).toBe(200);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
  expect(headers['referrer-policy']).toBe('same-origin');
  expect(headers['strict-transport-security']).toMatch(/^max-age=\d{7,}/);
});
