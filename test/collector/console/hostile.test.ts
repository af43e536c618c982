import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '../../../collector/accounts/roles.ts';
import { mayUse } from '../../../collector/console/access.ts';
import { fillEstate, type Opened, openEveryPage, pageRoutes, type Sent } from './estate.ts';
import { faultsIn, hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

let site: OpenConsole;
let admin: SomebodySignedIn & { role: Role };
let sent: Sent[];
let opened: Opened[];

beforeAll(async () => {
  site = await openConsole();
  admin = { role: 'ict-administrator', ...(await site.visitor('ict-administrator', { username: 'admin' })) };
  sent = await fillEstate(site, admin, hostile);
  opened = await openEveryPage([admin], 60);
  // An administrator sees nearly all; the rest belongs to one other role at least.
  const closed = pageRoutes.filter((route) => !mayUse('ict-administrator', route));
  for (const role of new Set(closed.map((route) => roles.find((word) => mayUse(word, route))))) {
    if (role) opened.push(...(await openEveryPage([{ role, ...(await site.visitor(role)) }], 2)));
  }
}, 300_000);
afterAll(() => site[Symbol.asyncDispose]());

/** Tables and columns in which the text must lie, so that a page without markup is no proof by accident. */
const lies: Record<string, readonly string[]> = {
  accounts: ['display_name'],
  alerts: ['title', 'clause', 'rule_id', 'person', 'device', 'device_key'],
  alert_history: ['note'],
  approval_requests: ['document', 'reason'],
  asset_details: ['asset_tag', 'owner', 'iao', 'location', 'disposal_note', 'notes'],
  audit: ['detail'],
  computers: ['hostname', 'agent_version', 'os', 'coverage', 'inventory'],
  computer_drives: ['facts'],
  computer_posture: ['facts'],
  computer_users: ['user'],
  enrolment_tokens: ['note'],
  events: ['line'],
  go_live_steps: ['reference', 'decided_by'],
  legal_holds: ['reason'],
  media: ['serial', 'label', 'holder', 'approver'],
  media_history: ['note'],
  network_names: ['name', 'note', 'source'],
  people: ['reference', 'name'],
  person_accounts: ['name'],
  policies: ['reason', 'published_by'],
  policy_drafts: ['name', 'text'],
  saved_filters: ['name'],
  seen_devices: ['vendor', 'product', 'serial', 'last_user'],
  sessions: ['browser'],
  software_standings: ['licence', 'note'],
  software_titles: ['name', 'publisher'],
  teams: ['name'],
};

describe('markup, bidirectional marks and formulas in every text that is kept', () => {
  it.each(Object.entries(lies))('lie in the table %s', async (table, columns) => {
    for (const column of columns) {
      const rows = await site.context.store
        .selectFrom(table as 'alerts')
        .select(column as 'title')
        .execute();
      const texts = rows.map((row) => `${(row as Record<string, unknown>)[column]}`);
      expect([column, texts.some((text) => text.toLowerCase().includes('<script>alert(1)'))]).toEqual([column, true]);
    }
  });

  it('came in by forms that took them or said what is wrong, and no answer ran them', () => {
    const refused = sent.filter(({ statusCode }) => ![200, 303].includes(statusCode));
    expect(refused.map(({ url, statusCode, body }) => [url, statusCode, faultOf(body)])).toEqual([]);
    for (const { url, body } of sent) expect([url, faultsIn(body)]).toEqual([url, []]);
  });

  it.for(pageRoutes)('are text on %s', (route, { skip }) => {
    const pages = opened.filter((page) => page.route === route);
    if (pages.length === 0) skip(`nothing in estate.ts makes a page of ${route} yet`);
    for (const { address, role, statusCode, body, headers } of pages) {
      expect([address, role, statusCode]).toEqual([address, role, expect.toBeOneOf([200, 303, 403, 404])]);
      if (`${headers['content-type']}`.startsWith('text/html')) {
        expect([address, role, faultsIn(body)]).toEqual([address, role, []]);
      }
    }
  });

  it('stay text when they come in the address of a page', async () => {
    const words = ['search', 'computer', 'person', 'device', 'deviceKey', 'rule', 'same', 'list', 'next', 'back'];
    const more = ['kind', 'object', 'from', 'to', 'done', 'published', 'serials', 'holder', 'label', 'what', 'reason'];
    const query = new URLSearchParams(
      Object.fromEntries([...words, ...more].map((name) => [name, hostile])),
    ).toString();
    for (const address of new Map(opened.map((page) => [page.route, page.address.split('?')[0]])).values()) {
      const { statusCode, body, headers } = await admin.get(`${address}?${query}`);
      const isPage = `${headers['content-type']}`.startsWith('text/html');
      expect([address, statusCode < 500, isPage ? faultsIn(body) : []]).toEqual([address, true, []]);
    }
  }, 120_000);
});

describe('every page that opens', () => {
  it('is framed by no site, guesses no type, tells other sites nothing and may load only from here', () => {
    for (const { address, headers } of opened) {
      const policy = `${headers['content-security-policy']}`;
      expect([address, policy.includes("frame-ancestors 'none'"), policy.includes("default-src 'none'")]).toEqual([
        ...[address, true, true],
      ]);
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      });
      expect(policy).not.toContain('unsafe');
    }
  });
});

/** What the summary at the top of a form says is wrong. */
function faultOf(body: string): string {
  return (
    /error-summary__list[\s\S]*?<\/ul>/
      .exec(body)?.[0]
      .replaceAll(/<[^>]*>|\s+/g, ' ')
      .slice(0, 400) ?? ''
  );
}

// What a spreadsheet runs is what a cell begins with.
describe.each(['=', '-'])('a file for spreadsheets, of texts that begin with %s', (sign) => {
  const text = `${sign}cmd|' /C calc'!A1`;
  let files: Opened[];

  beforeAll(async () => {
    await using console = await openConsole();
    const admin = { role: 'ict-administrator' as const, ...(await console.visitor('ict-administrator')) };
    await fillEstate(console, admin, text);
    const opened = await openEveryPage([admin], 1);
    // Those with a filter in their address may be empty.
    files = opened.filter(
      ({ address, headers }) => `${headers['content-type']}`.includes('csv') && !address.includes('?'),
    );
  }, 120_000);

  it('comes from each list', () => {
    const lists = ['alerts', 'computers', 'media', 'people', 'software'].map((list) => `GET /${list}/export`);
    expect(files.map(({ route }) => route)).toEqual(expect.arrayContaining(lists));
  });

  it('holds none that would be run', () => {
    for (const { route, body, headers } of files) {
      expect([route, headers['content-disposition']]).toEqual([
        route,
        expect.stringMatching(/^attachment; filename="[\w-]+\.csv"$/),
      ]);
      expect([route, body.includes(`'${text}`)]).toEqual([route, true]);
      const cells = body.replace(/^\uFEFF/, '').split(/\r\n|,/);
      expect([route, cells.filter((cell) => /^"?[=+\-@\t\r]/.test(cell))]).toEqual([route, []]);
    }
  });
});
