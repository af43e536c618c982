import { type Role, roles } from '../../collector/accounts/roles.ts';
import { fillEstate, openEveryPage } from '../collector/console/estate.ts';
import { hostile, type OpenConsole, type SomebodySignedIn } from '../collector/console/visitors.ts';
import { pick, type Random } from './chance.ts';
import { mutateBytes, mutateLines } from './mutate-bytes.ts';
import { edge } from './mutate-json.ts';

/** What somebody asks the console, as it is kept. `as` is nobody or a role. */
export interface Request {
  as: Role | 'nobody';
  method: 'GET' | 'POST';
  url: string;
  /** Fields of the form; undefined: not a form. */
  fields?: [name: string, value: string][];
  /** Instead of fields: the body as it is, and what it is said to be. */
  body?: { type: string; text: string };
  /** Beside that of the session. */
  cookie?: string;
}

/** What is asked of an estate that is full of hostile text: every form that filled it, and every page there is. */
export interface Asked {
  forms: { url: string; fields: [string, string][] }[];
  addresses: string[];
}

/** Fills the estate, and notes down all that was sent and opened meanwhile. */
export async function askedOf(site: OpenConsole, admin: SomebodySignedIn): Promise<Asked> {
  const forms: Asked['forms'] = [];
  const recording: SomebodySignedIn = {
    ...admin,
    post(url, fields, headers) {
      const flat = Object.entries(fields).flatMap(([name, values]) =>
        [values].flat().map((one): [string, string] => [name, one]),
      );
      forms.push({ url, fields: flat });
      return admin.post(url, fields, headers);
    },
  };
  await fillEstate(site, recording, hostile);
  const opened = await openEveryPage([{ role: 'ict-administrator', ...admin }], 3);
  const pages = opened.map(({ body }) => body);
  return { forms: [...forms, ...pages.flatMap(formsIn)], addresses: opened.map(({ address }) => address) };
}

const attribute = (tag: string, name: string) =>
  new RegExp(`\\s${name}="([^"]*)"`)
    .exec(tag)?.[1]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');

/** Forms of a page with the fields they would send, as far as patterns can tell. */
function formsIn(page: string): Asked['forms'] {
  return [...page.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/gi)].flatMap(([form]) => {
    const url = attribute(form.slice(0, form.indexOf('>')), 'action');
    const fields = [...form.matchAll(/<(?:input|select|textarea|button)[^>]*>/gi)].flatMap(
      ([tag]): [string, string][] => {
        const name = attribute(tag, 'name');
        return name === undefined || name === 'formToken' ? [] : [[name, attribute(tag, 'value') ?? '']];
      },
    );
    return url === undefined ? [] : [{ url, fields }];
  });
}

/** Ends sessions and takes rights away, so that the rest of a run would ask for nothing but the way in. */
const avoided = /^\/(sign-out|account\/|accounts\/|change-password)/;

const asWhom: readonly Request['as'][] = [
  'ict-administrator',
  'ict-administrator',
  'ict-administrator',
  'nobody',
  ...roles,
];

export function damagedRequest({ forms, addresses }: Asked, random: Random): Request {
  const as = pick(asWhom, random);
  if (random() < 0.4)
    return { as, method: 'GET', url: damagedAddress(pick(addresses, random), random), ...cookies(random) };
  const { url, fields } = pick(forms, random);
  if (avoided.test(url) && random() < 0.95) return { as, method: 'GET', url: damagedAddress('/alerts', random) };
  const place = random() < 0.1 ? damagedAddress(url, random) : url;
  if (random() < 0.06) {
    const type = pick(
      ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'],
      random,
    );
    const text = mutateBytes(Buffer.from(new URLSearchParams(fields).toString()), random).toString('latin1');
    return { as, method: 'POST', url: place, body: { type, text } };
  }
  return { as, method: 'POST', url: place, fields: damagedFields(fields, random), ...cookies(random) };
}

function cookies(random: Random): Pick<Request, 'cookie'> {
  return random() < 0.9 ? {} : { cookie: `other=${textOf(random)}; __Host-portcullis=${textOf(random)}` };
}

function damagedFields(fields: readonly [string, string][], random: Random): [string, string][] {
  const copy: [string, string][] = fields.map(([name, value]) => [name, value]);
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const at = Math.floor(random() * (copy.length + 1));
    const [name, value] = copy[at] ?? ['extra', ''];
    pick(
      [
        () => copy.splice(at, 1, [name, textOf(random)]),
        () => copy.splice(at, 1, [name, mutateLines(value, random)]),
        () => copy.splice(at, 1),
        () => copy.push([name, value], [name, textOf(random)]),
        () =>
          copy.push([pick(['__proto__', 'constructor', 'toString', `${name}[]`, `${name}.x`], random), textOf(random)]),
      ],
      random,
    )();
  }
  return copy;
}

function damagedAddress(address: string, random: Random): string {
  const [path = '/', query = ''] = address.split('?');
  const parameters = [...new URLSearchParams(query)];
  const names = ['search', 'sort', 'page', 'from', 'to', 'state', 'next', 'back', 'size', 'order', '__proto__'];
  const damaged = damagedFields([...parameters, [pick(names, random), textOf(random)]], random);
  const steps = path.split('/');
  if (random() < 0.2) steps[steps.length - 1] = encodeURIComponent(textOf(random).slice(0, 300).toWellFormed());
  return `${steps.join('/')}?${new URLSearchParams(damaged)}`;
}

function textOf(random: Random): string {
  const value = random() < 0.3 ? hostile : edge(random);
  const more = pick(
    ['', '', '\r\nset-cookie: a=b', '//evil.example', '-1', '2026-11-30', '1e9', "'", '%00', '\u0000'],
    random,
  );
  return `${typeof value === 'object' ? JSON.stringify(value) : value}`.slice(0, 6000) + more;
}
