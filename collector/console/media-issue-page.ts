import type { FastifyInstance, FastifyRequest } from 'fastify';
import { encryptionOwners } from '#shared/device/facts.ts';
import { errorMessage, InvalidError, PortcullisError } from '#shared/errors.ts';
import { type Doing, issueMedium, type MediumToIssue } from '../register/media.ts';
import { readMoment } from '../register/moment.ts';
import type { Store } from '../store/tables.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';

const mostAtOnce = 500;
const fields = ['serials', 'label', 'holder', 'approver', 'encryptedBy', 'expires', 'note'] as const;
type Form = Record<(typeof fields)[number], string>;

/** Hands media out: one, or a whole box whose serial numbers are pasted. */
export function mediaIssueRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  const page = { name: 'media-issue', title: 'Issue media', section: 'media' } as const;
  app.get('/media/issue', (request, reply) =>
    sendPage(context, request, reply, { ...page, data: formView(readForm(request.query)) }),
  );

  app.post('/media/issue', async (request, reply) => {
    const form = readForm(request.body);
    try {
      await issueAll(store, form, doingBy(request, clock.now(), form.note));
    } catch (error) {
      const field = error instanceof FieldError ? error.field : 'serials';
      return sendPage(context, request, reply, { ...page, data: formView(form), errors: formErrors(error, field) });
    }
    return reply.redirect('/media?state=issued&done=issued', 303);
  });
}

/** A fault of one field, so that the page can point at it. */
class FieldError extends InvalidError {
  readonly field: keyof Form;
  constructor(field: keyof Form, message: string) {
    super(message);
    this.field = field;
  }
}

function readForm(given: unknown): Form {
  return Object.fromEntries(fields.map((name) => [name, fieldOf(given, name)])) as Form;
}

function formView(form: Form) {
  return {
    form,
    owners: [
      { value: '', text: 'Not encrypted, or not known' },
      { value: 'us', text: 'Us: we hold the key' },
      { value: 'other', text: 'Somebody else' },
    ],
  };
}

function doingBy(request: FastifyRequest, now: number, note: string): Doing {
  const { account } = visitOf(request);
  return { by: account.displayName, accountId: account.id, now, note: note.trim() || undefined };
}

/** All or none. @throws InvalidError with a line for each serial number that cannot be issued */
async function issueAll(store: Store, form: Form, doing: Doing): Promise<void> {
  const serials = form.serials.split(/[\s,;]+/).filter(Boolean);
  if (serials.length === 0) throw new FieldError('serials', 'Enter at least one serial number');
  if (serials.length > mostAtOnce) throw new FieldError('serials', `At most ${mostAtOnce} at once`);
  const common = commonOf(form);
  await store.transaction().execute(async (tx) => {
    const faults: string[] = [];
    for (const serial of new Set(serials)) {
      try {
        await issueMedium(tx, { ...common, serial }, doing);
      } catch (error) {
        if (!(error instanceof PortcullisError)) throw error;
        faults.push(`${serial.slice(0, 60)}: ${errorMessage(error)}`);
      }
    }
    if (faults.length > 0) throw new InvalidError(faults.join('\n'));
  });
}

function commonOf(form: Form): Omit<MediumToIssue, 'serial'> {
  const [holder, approver, label] = [form.holder.trim(), form.approver.trim(), form.label.trim()];
  if (holder === '') throw new FieldError('holder', 'Enter who gets it');
  if (approver === '') throw new FieldError('approver', 'Enter who agreed to it');
  const encryptedBy = encryptionOwners.find((owner) => owner === form.encryptedBy);
  return {
    holder,
    approver,
    ...(label !== '' && { label }),
    ...(encryptedBy && { encryptedBy }),
    ...(form.expires !== '' && { expiresAt: endOf(form.expires) }),
  };
}

function endOf(day: string): number {
  try {
    return readMoment(day, 'end');
  } catch {
    throw new FieldError('expires', 'The day does not exist');
  }
}
