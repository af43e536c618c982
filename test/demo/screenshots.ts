import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { print, progress } from '#shared/command-line.ts';
import { accountIdOf } from '../../collector/accounts/accounts.ts';
import { hasChromium, launch, openPage, signedInAs } from '../browser/browser.ts';
import { type Picture, pictures } from './pictures.ts';
import { type RunningEstate, startDemo } from './start.ts';
import { setUpSecondFactor } from './visit.ts';

/** `npm run screenshots [FOLDER]`: pictures of the main pages of the demonstration, into docs/ unless told otherwise. */
const width = 1280;
/** A picture in a README is looked at, not read to its end. */
const heightMost = 1600;
const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs', import.meta.url));

const stores = mkdtempSync(join(tmpdir(), 'portcullis-screenshots-'));
process.once('exit', () => rmSync(stores, { recursive: true, force: true }));
if (!hasChromium) throw new Error('There is no Chromium to take pictures with.');
mkdirSync(folder, { recursive: true });
const running = await startDemo({ folder: stores, firstPort: 0, progress });
progress('');
const browser = await launch();
for (const picture of pictures) await take(running[0], picture);
await browser.close();
for (const one of running) await one.stop();
process.exit();

async function take(site: RunningEstate | undefined, { name, username, address, follow }: Picture): Promise<void> {
  if (!site) throw new TypeError('the demonstration has an organisation');
  const { context } = site.collector;
  const accountId = await accountIdOf(context.store, username);
  await setUpSecondFactor(context, accountId);
  const session = await signedInAs(context, accountId);
  const { page } = await openPage(browser, { ...session, locale: 'en-GB', viewport: { width, height: 900 } });
  const url = site.collector.url.replace('127.0.0.1', 'localhost');
  await page.goto(url + address);
  if (follow !== undefined) {
    await page.locator(follow).first().click();
    await page.waitForLoadState();
  }
  const high = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const file = join(folder, `${name}.png`);
  await page.setViewportSize({ width, height: Math.min(high, heightMost) });
  await page.screenshot({ path: file });
  await page.context().close();
  await fewerColours(file);
  print(`${name}.png: ${page.url().replace(url, '')}`);
}

/** A page has few colours, and a picture with few is a quarter of the size. Without ImageMagick it stays as it is. */
async function fewerColours(file: string): Promise<void> {
  await promisify(execFile)('convert', [file, '+dither', '-colors', '128', '-strip', `PNG8:${file}`]).catch(() =>
    print('ImageMagick is not there, so that the picture stays large.'),
  );
}
