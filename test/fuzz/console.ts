import { type Role, roles } from '../../collector/accounts/roles.ts';
import { access, mayUse, type Route } from '../../collector/console/access.ts';
import { fromHere } from '../collector/console/site.ts';
import { faultsIn, openConsole, type SomebodySignedIn } from '../collector/console/visitors.ts';
import { askedOf, damagedRequest, type Request } from './console-requests.ts';
import { holds, type Input, type Target } from './target.ts';

interface Answer {
  statusCode: number;
  headers: Record<string, string | string[] | number | undefined>;
  body: string;
}

/** The console as it is mounted, over an estate full of hostile text, asked by every role and by nobody. */
export async function openConsoleTarget(): Promise<Target> {
  const site = await openConsole();
  let complaint = '';
  // What a page that failed writes to the log is where it failed.
  Object.assign(site.context.log, {
    error(about: object) {
      complaint = JSON.stringify(about);
    },
  });
  const people = new Map<Role, SomebodySignedIn>();
  const admin = await site.visitor('ict-administrator', { username: 'admin' });
  people.set('ict-administrator', admin);
  const asked = await askedOf(site, admin);

  async function personOf(role: Role): Promise<SomebodySignedIn> {
    const known = people.get(role) ?? (await site.visitor(role));
    people.set(role, known);
    return known;
  }

  async function ask(request: Request): Promise<Answer> {
    const { as, method, url, fields = [], body, cookie: more } = request;
    const person = as === 'nobody' ? undefined : await personOf(as);
    const cookie = [more, person?.cookie].filter((one) => one !== undefined).join('; ');
    const headers = { ...(cookie && { cookie: headerText(cookie) }) };
    if (method === 'GET') return site.app.inject({ url, headers });
    if (!body && person && more === undefined) {
      const grouped = Map.groupBy(fields, ([name]) => name);
      return person.post(
        url,
        Object.fromEntries([...grouped].map(([name, values]) => [name, values.map(([, value]) => value)])),
      );
    }
    const payload = body?.text ?? new URLSearchParams(fields).toString();
    const type = { 'content-type': body?.type ?? fromHere['content-type'] };
    return site.app.inject({ method, url, headers: { ...fromHere, ...headers, ...type }, payload });
  }

  async function look(bytes: Buffer): Promise<string> {
    const request = requestOf(bytes);
    if (!request) return 'no request';
    complaint = '';
    const answer = await ask(request);
    const { statusCode, headers, body } = answer;
    const route = routeOf(request);
    holds(
      statusCode < 500 || statusCode === 503,
      `${route ?? 'no route'} answers, and does not fail: ${complaint.slice(0, 400)}`,
    );
    safe(answer, route ?? 'no route');
    const isLetIn = statusCode === 200 && !body.includes('name="password"');
    const role = request.as === 'nobody' ? undefined : request.as;
    holds(!isLetIn || route === undefined || mayUse(role, route), `${route ?? ''} opens for those only who may use it`);
    // A form may have ended the session; the next request of this role comes with a new one.
    if (role && statusCode === 303 && `${headers.location}`.startsWith('/sign-in')) people.delete(role);
    return `${statusCode}`;
  }

  return {
    patience: 60_000,
    make: (random): Input => ({ part: 'request', bytes: Buffer.from(JSON.stringify(damagedRequest(asked, random))) }),
    look: ({ bytes }) => look(bytes),
    close: async () => site[Symbol.asyncDispose](),
  };
}

/** Nothing in an answer runs in a browser, leads away, or becomes a formula of a spreadsheet. */
function safe({ headers, body }: Answer, route: string): void {
  const type = `${headers['content-type']}`;
  const { location } = headers;
  holds(location === undefined || /^\/(?![/\\])/.test(`${location}`), `${route} sends nobody to another site`);
  if (type.startsWith('text/html')) {
    holds(faultsIn(body).length === 0, `${route} shows text as text: ${faultsIn(body).join(' ')}`);
    holds(
      `${headers['content-security-policy']}`.includes("default-src 'none'"),
      `${route} lets a page load from here only`,
    );
  }
  if (type.startsWith('text/csv')) holds(!/(^|[\n,])"?[=@]/.test(body), `${route} hands out no formula`);
}

function requestOf(bytes: Buffer): Request | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Request;
    const isWhole =
      (value.as === 'nobody' || roles.includes(value.as)) &&
      ['GET', 'POST'].includes(value.method) &&
      /^\/[\x21-\x7e]*$/.test(value.url) &&
      (value.fields ?? []).every(
        (field) => Array.isArray(field) && field.length === 2 && field.every((one) => typeof one === 'string'),
      );
    return isWhole ? value : undefined;
  } catch {
    return undefined;
  }
}

const patterns = (Object.keys(access) as Route[]).map((route) => {
  const [method = '', path = ''] = route.split(' ');
  return { route, method, isFixed: !path.includes(':'), pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`) };
});
const byExactness = [...patterns].sort((one, other) => Number(other.isFixed) - Number(one.isFixed));

/** The route of the table that a request goes to; a page that never ends is not asked for. */
function routeOf({ method, url }: Request): Route | undefined {
  const path = url.split('?')[0] ?? '';
  return byExactness.find((one) => one.method === method && one.pattern.test(path))?.route;
}

/** Of a header a line end cannot be part: no client can send one. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
