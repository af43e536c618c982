import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { accessibilityFaults, launch, openPage, overflow, signedInAs, type TestSite, type Watched } from './browser.ts';

/** Milliseconds; the machine may have two cores and other work. */
export const patience = 240_000;
/** A form sent back with faults has status 422 or 409, which browsers write to their console. It is no fault of the page. */
const refusedForm = /status of (422|409)/;

export interface Way {
  width: number;
  javaScriptEnabled: boolean;
}
/** A wide window and the narrowest that WCAG asks for, with and without script. */
export const ways: readonly Way[] = [1280, 320].flatMap((width) => [
  { width, javaScriptEnabled: true },
  { width, javaScriptEnabled: false },
]);
export const viewportOf = (width: number) => ({ width, height: 900 });

type Site = Pick<TestSite, 'url' | 'context'> & AsyncDisposable;

export interface Suite<S> {
  /** After the set-up. */
  readonly site: S;
  readonly browser: Browser;
  /** A page of its own, signed in as this account or as nobody; it is closed when the test ends. */
  open(account?: string, options?: BrowserContextOptions): Promise<Watched>;
}

/** One browser and one console for all tests of a file. @param make the console, with what the tests find in it */
export function browserSuite<S extends Site>(make: () => Promise<S>): Suite<S> {
  let browser: Browser | undefined;
  let site: S | undefined;
  const pages: Page[] = [];
  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), make()]);
  }, patience);
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  });
  return {
    get site() {
      return there(site);
    },
    get browser() {
      return there(browser);
    },
    async open(account, options = {}) {
      const session = account === undefined ? {} : await signedInAs(there(site).context, account);
      const opened = await openPage(there(browser), { ...session, ...options });
      opened.page.setDefaultTimeout(60_000);
      pages.push(opened.page);
      return opened;
    },
  };
}

function there<T>(made: T | undefined): T {
  if (made === undefined) throw new Error('the suite is not set up yet');
  return made;
}

/** What is wrong with the page that is open: rules of WCAG it breaks, and pixels it is too wide. */
export async function faultsOf(page: Page): Promise<string[]> {
  const wider = await overflow(page);
  return [...(await accessibilityFaults(page)), ...(wider > 0 ? [`${wider} pixels too wide`] : [])];
}

/** That nothing was wrong behind a page, but for forms that were sent back on purpose. */
export function expectNoFaults({ faults }: Watched): void {
  expect(faults.filter((fault) => !refusedForm.test(fault))).toEqual([]);
}

/** Opens each of these and tells what is wrong with it, by its name. Folded parts are opened first. */
export async function lookAt(
  { page, faults }: Watched,
  url: string,
  addresses: Readonly<Record<string, string>>,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, address] of Object.entries(addresses)) {
    await page.goto(url + address);
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    const wrong = [...(await faultsOf(page)), ...faults.splice(0)];
    if (wrong.length > 0) found[name] = wrong;
  }
  return found;
}
