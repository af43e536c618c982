import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import axe from 'axe-core';
import type { FastifyInstance } from 'fastify';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { openSession } from '../../collector/accounts/sessions.ts';
import type { ConsoleOptions } from '../../collector/console/console.ts';
import { makeCertificate } from '../../collector/gateway/certificate.ts';
import { type TestStore, testConsole, testStore } from '../collector/console/site.ts';

const chromiumPath = '/usr/bin/chromium';
export const hasChromium = existsSync(chromiumPath);
if (!hasChromium) process.stdout.write(`Browser tests are skipped: there is no ${chromiumPath}. Install chromium.\n`);

export interface TestSite extends AsyncDisposable {
  url: string;
  context: TestStore['context'];
}

/**
 * The console over TLS with a throw-away certificate and an empty store.
 * @param rules of the password profile that are to be others
 */
export async function testSite(
  rules: Partial<TestStore['context']['passwords']> = {},
  more: Partial<ConsoleOptions> = {},
): Promise<TestSite> {
  const made = await testStore();
  const context = { ...made.context, passwords: { ...made.context.passwords, ...rules } };
  const app = await testConsole(context, await throwAwayCertificate(), undefined, more);
  return {
    url: await listen(app),
    context: made.context,
    async [Symbol.asyncDispose]() {
      await app.close();
      await made[Symbol.asyncDispose]();
    },
  };
}

export async function throwAwayCertificate(): Promise<{ key: string; cert: string }> {
  const { certificate, key } = await makeCertificate(['localhost'], Date.now());
  return { key, cert: certificate };
}

/** @returns the address of the console, by the name that its certificate has */
export async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `https://localhost:${(app.server.address() as AddressInfo).port}`;
}

/** A browser that is signed in as this account, without the sign-in, which is throttled and hashes passwords. */
export async function signedInAs(
  context: Parameters<typeof openSession>[0],
  account: string,
): Promise<BrowserContextOptions> {
  const { cookie } = await openSession(context, account);
  const flags = { domain: 'localhost', path: '/', expires: -1, httpOnly: true, secure: true, sameSite: 'Lax' as const };
  return { storageState: { cookies: [{ name: '__Host-portcullis', value: cookie, ...flags }], origins: [] } };
}

export function launch(): Promise<Browser> {
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  return chromium.launch({ executablePath: chromiumPath, args: quiet });
}

/** Console errors, page errors and breaches of the content security policy, as they come. */
export interface Watched {
  page: Page;
  faults: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /content security policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== 'localhost') faults.push(`asked ${request.url()}`);
  });
  return { page, faults };
}

export async function signIn(page: Page, url: string, username: string, password: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('User name').fill(username);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Rules of WCAG 2.2 A and AA that the page breaks, each with the first place. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then((result) => result.violations.map((fault) => fault.id + ': ' + fault.help + ' at ' + fault.nodes[0].html.slice(0, 200)))`;
  return (await page.evaluate(run)) as string[];
}

/** Pixels by which the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return (await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')) as number;
}
