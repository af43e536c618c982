import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { displayNames } from '../accounts/accounts.ts';
import { inventedValues } from '../notices/invented-values.ts';
import { saveTemplate, templateHistory, templateOf } from '../notices/template-store.ts';
import {
  checkTemplate,
  fill,
  placeholders,
  placeholdersOf,
  type Template,
  type TemplateName,
  templateNames,
  templateTitles,
} from '../notices/templates.ts';
import { mayUse } from './access.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { moment } from './words.ts';

interface Named {
  Params: { name: string };
}

/** The texts of the mails, which an administrator may word in the manner of the house. */
export function noticeTemplateRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/notices/templates', async (request, reply) => {
    const rows = [];
    for (const name of templateNames) {
      const { subject, isOwn } = await templateOf(store, name);
      rows.push({ href: `/notices/templates/${name}`, title: templateTitles[name], subject, isOwn });
    }
    const page = { name: 'notice-templates', title: 'Texts of the mails', section: 'notices', data: { rows } } as const;
    return sendPage(context, request, reply, page);
  });

  app.get<Named>('/notices/templates/:name', async (request, reply) => {
    const name = nameIn(request);
    if (!name) return reply.callNotFound();
    const template = await templateOf(store, name);
    return send(context, request, reply, { name, template, preview: template });
  });

  app.post<Named>('/notices/templates/:name', async (request, reply) => {
    const name = nameIn(request);
    if (!name) return reply.callNotFound();
    const action = fieldOf(request.body, 'action');
    const by = { accountId: visitOf(request).account.id, now: clock.now() };
    const template = {
      subject: fieldOf(request.body, 'subject').trim(),
      body: fieldOf(request.body, 'body').replaceAll('\r\n', '\n').trim(),
    };
    try {
      if (action === 'preview') {
        checkTemplate(name, template);
        return send(context, request, reply, { name, template, preview: template });
      }
      await saveTemplate(store, name, action === 'default' ? undefined : template, by);
    } catch (error) {
      return send(context, request, reply, { name, template, errors: formErrors(error, 'body') });
    }
    return reply.redirect(`/notices/templates/${name}?done=${action === 'default' ? 'default' : 'saved'}`, 303);
  });
}

function nameIn({ params }: FastifyRequest<Named>): TemplateName | undefined {
  return templateNames.find((one) => one === params.name);
}

const doneWords: Record<string, string> = {
  saved: 'Saved. Mails that go out from now on have this text.',
  default: 'Mails that go out from now on have the text that is shipped.',
};

interface TemplatePage {
  name: TemplateName;
  template: Template & { isOwn?: boolean };
  /** Shown filled with invented data. */
  preview?: Template;
  errors?: FormError[];
}

async function send(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, template, preview, errors = [] }: TemplatePage,
): Promise<string> {
  const { store } = context;
  const history = await templateHistory(store, name);
  const names = await displayNames(
    store,
    history.map((row) => row.saved_by),
  );
  const data = {
    name,
    template,
    isOwn: template.isOwn ?? (history[0]?.subject ?? null) !== null,
    mayChange: mayUse(visitOf(request).account.role, 'POST /notices/templates/:name'),
    words: placeholdersOf(name).map((word) => ({ term: `{{${word}}}`, text: placeholders[word] })),
    preview: preview && fill(preview, inventedValues(context.organisation)),
    history: history.map((row) => ({
      at: moment(row.saved_at),
      by: names.get(row.saved_by) ?? 'A former account',
      subject: row.subject ?? 'Back to the text that is shipped',
      body: row.body,
    })),
    done: doneWords[fieldOf(request.query, 'done')],
  };
  const page = { name: 'notice-template', title: templateTitles[name], section: 'notices', errors, data } as const;
  return sendPage(context, request, reply, page);
}
