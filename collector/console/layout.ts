import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountContext } from '../accounts/accounts.ts';
import type { CollectorContext } from '../context.ts';
import type { Assets } from './assets.ts';
import type { LiveHub } from './live.ts';
import type { Render } from './render.ts';

/** What the console's routes share. */
export interface ConsoleContext extends CollectorContext, AccountContext {
  organisation: string;
  render: Render;
  assets: Assets;
  live: LiveHub;
}

const sections = [
  { id: 'alerts', text: 'Alerts', href: '/' },
  { id: 'computers', text: 'Computers', href: '/computers' },
  { id: 'about', text: 'What is recorded', href: '/about-monitoring' },
] as const;

export interface Page {
  name: Parameters<Render>[0];
  /** First part of the window's title, and usually the heading. */
  title: string;
  section?: (typeof sections)[number]['id'];
  /** Set when a form was refused: the title says so first. */
  errors?: readonly FormError[];
  data?: object;
}

/** A fault in a form and the id of the field it belongs to. */
export interface FormError {
  field: string;
  text: string;
}

/** Answers with a page inside the common frame. */
export function sendPage(context: ConsoleContext, request: FastifyRequest, reply: FastifyReply, page: Page): string {
  void reply.type('text/html; charset=utf-8');
  const errors = page.errors ?? [];
  if (errors.length > 0) void reply.code(422);
  return context.render(page.name, {
    ...page.data,
    title: page.title,
    windowTitle: `${errors.length > 0 ? 'Error: ' : ''}${page.title}`,
    organisation: context.organisation,
    assets: context.assets.path,
    account: request.visit?.account,
    formToken: request.visit?.session.formToken,
    navigation: request.visit && !request.visit.account.mustChangePassword ? navigation(page.section) : [],
    errors: errors.map(({ field, text }) => ({ text, href: `#${field}` })),
    errorOf: Object.fromEntries(errors.map(({ field, text }) => [field, { text }])),
  });
}

function navigation(current: Page['section']) {
  return sections.map(({ id, text, href }) => ({ text, href, current: id === current }));
}
