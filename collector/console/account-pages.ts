import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { changeAccount, isUsable, listAccounts, setDisabled, unlockAccount } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { createAccount, generatedPassword, resetPassword } from '../accounts/passwords.ts';
import { isRole, roleWords } from '../accounts/roles.ts';
import { removeSecondFactor } from '../accounts/second-factor.ts';
import { endSessionsOf, listSessions } from '../accounts/sessions.ts';
import { listPeople, listTeams, personById } from '../register/people.ts';
import type { AccountsTable } from '../store/tables.ts';
import { type AccountForm, accountDetails, readAccountForm, roleItems } from './account-form.ts';
import { browserWords } from './browser-words.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

type AccountListRow = Awaited<ReturnType<typeof listAccounts>>[number];

/** Everybody's accounts, for administrators. */
export function accountAdminRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store } = context;
  app.get('/accounts', async (request, reply) => {
    const accounts = await accountsInScope(context, request);
    const data = {
      summary: counted(accounts.length, 'account'),
      rows: accounts.map((row) => accountView(context, row)),
    };
    return sendPage(context, request, reply, { name: 'account-list', title: 'Accounts', section: 'accounts', data });
  });

  app.get('/accounts/new', (request, reply) => sendForm(context, request, reply, { form: readAccountForm({}) }));

  app.post('/accounts/new', async (request, reply) => {
    const form = readAccountForm(request.body);
    const { details, errors } = await detailsOf(context, request, form);
    if (!details) return sendForm(context, request, reply, { form, errors });
    const { account } = visitOf(request);
    const password = await generatedPassword(context.passwords);
    const fresh = { ...details, username: form.username, password, mustChangePassword: true, by: account.id };
    const made = await toldAsFault('username', () => createAccount(context, fresh));
    if (typeof made !== 'string') return sendForm(context, request, reply, { form, errors: [made] });
    await changeAccount(context, { accountId: made, by: account.id }, details);
    return sendPassword(context, request, reply, form.username, password);
  });

  app.get<{ Params: { id: string } }>('/accounts/:id', async (request, reply) => {
    const row = await rowInScope(context, request, request.params.id);
    return row ? sendForm(context, request, reply, { row, form: await formOf(context, row) }) : reply.callNotFound();
  });

  app.post<{ Params: { id: string } }>('/accounts/:id', async (request, reply) => {
    const row = await rowInScope(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const step = { accountId: row.id, by: visitOf(request).account.id };
    const action = fieldOf(request.body, 'action');
    refuseOwn(action, step);
    switch (action) {
      case 'save': {
        const form = { ...readAccountForm(request.body), username: row.username };
        const { details, errors } = await detailsOf(context, request, form);
        if (!details) return sendForm(context, request, reply, { row, form, errors });
        await changeAccount(context, step, details);
        break;
      }
      case 'reset':
        return sendPassword(context, request, reply, row.username, await resetPassword(context, step));
      case 'unlock':
        await unlockAccount(context, step);
        break;
      case 'second-factor':
        await removeSecondFactor(context, step);
        break;
      case 'end-sessions':
        await endSessionsOf(store, row.id);
        await recordAudit(store, {
          at: context.clock.now(),
          accountId: step.by,
          action: 'session.ended',
          object: row.id,
        });
        break;
      case 'disable':
      case 'enable':
        await setDisabled(context, step, action === 'disable');
        break;
      default:
        throw new PortcullisError('formRefused', 'This form asks for something that is not known here.');
    }
    await context.live.check();
    return reply.redirect(`/accounts/${row.id}?done=${action}`, 303);
  });
}

const doneWords = new Map([
  ['save', 'The account has been changed.'],
  ['unlock', 'The account can sign in again.'],
  ['second-factor', 'The second factor has been taken away.'],
  ['end-sessions', 'All sessions of this account have ended.'],
  ['disable', 'The account is out of use.'],
  ['enable', 'The account is in use again.'],
]);

/** Nobody locks the last door behind themselves, or raises their own rights, by mistake or otherwise. */
function refuseOwn(action: string, { accountId, by }: { accountId: string; by: string }): void {
  if (accountId !== by || action === 'end-sessions') return;
  throw new PortcullisError(
    'notAllowed',
    'Another administrator changes your account. Your password is on the page “Your account”.',
  );
}

/** What a person can mend is a fault of the form. */
async function toldAsFault<T>(field: string, work: () => Promise<T>): Promise<T | FormError> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PortcullisError) || error.retry) throw error;
    return { field, text: error.message };
  }
}

/** An administrator of a part is asked for accounts of that part: one of the whole would be more than their own. */
export async function accountsInScope({ store }: ConsoleContext, request: FastifyRequest): Promise<AccountListRow[]> {
  const { organisation, teamId } = visitOf(request).account;
  return (await listAccounts(store)).filter(
    (row) =>
      (organisation === null || organisation === row.organisation) && (teamId === null || teamId === row.team_id),
  );
}

async function teamsInScope({ store }: ConsoleContext, request: FastifyRequest) {
  const { organisation, teamId } = visitOf(request).account;
  return (await listTeams(store)).filter(
    (team) => (organisation === null || organisation === team.organisation) && (teamId === null || teamId === team.id),
  );
}

async function rowInScope(
  context: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<AccountListRow | undefined> {
  return (await accountsInScope(context, request)).find((row) => row.id === id);
}

/** An administrator of one organisation or team makes accounts for that one only, whatever the form says. */
async function detailsOf(context: ConsoleContext, request: FastifyRequest, typed: AccountForm) {
  const { store } = context;
  const own = visitOf(request).account;
  const teams = await teamsInScope(context, request);
  const organisation = own.organisation ?? typed.organisation;
  const form = { ...typed, teamId: own.teamId ?? typed.teamId };
  const people =
    form.person === ''
      ? []
      : await listPeople(store, { organisations: organisation ? [organisation] : 'all', teams: 'all' });
  const person = people.find(({ reference }) => reference === form.person);
  const { details, errors } = accountDetails({ ...form, organisation }, person?.id ?? null);
  if (form.person !== '' && !person)
    errors.push({ field: 'person', text: 'Nobody in the register has this reference' });
  const team = teams.find(({ id }) => id === form.teamId);
  if (form.teamId !== '' && (!team || (organisation !== '' && team.organisation !== organisation))) {
    errors.push({ field: 'teamId', text: 'Choose a team of this organisation' });
  }
  return errors.length > 0 ? { errors } : { details, errors };
}

function stateOf(row: AccountsTable, now: number): Tag {
  if (row.disabled_at !== null) return { text: 'Out of use', colour: 'grey' };
  if (row.locked_at !== null) return { text: 'Locked', colour: 'red' };
  if (!isUsable(row, now))
    return { text: now < (row.valid_from ?? now) ? 'Not yet valid' : 'No longer valid', colour: 'grey' };
  return { text: 'In use', colour: 'green' };
}

function factorWords(row: AccountListRow): string {
  if (row.external_subject !== null) return 'By the organisation';
  return row.confirmed_at === null ? 'None' : 'Authenticator';
}

function accountView({ clock }: ConsoleContext, row: AccountListRow) {
  return {
    href: `/accounts/${row.id}`,
    username: row.username,
    name: row.display_name,
    role: isRole(row.role) ? roleWords[row.role] : row.role,
    scope: row.organisation ?? 'All organisations',
    state: stateOf(row, clock.now()),
    factor: factorWords(row),
    last: row.last_sign_in_at === null ? undefined : moment(row.last_sign_in_at),
  };
}

const dayOf = (time: number | null) =>
  time === null ? '' : new Date(time).toLocaleDateString('sv-SE', { timeZone: 'Europe/London' });

async function formOf({ store }: ConsoleContext, row: AccountsTable): Promise<AccountForm> {
  return {
    username: row.username,
    displayName: row.display_name,
    role: row.role,
    organisation: row.organisation ?? '',
    teamId: row.team_id ?? '',
    person: row.person_id === null ? '' : ((await personById(store, row.person_id))?.reference ?? ''),
    validFrom: dayOf(row.valid_from),
    // The last day is kept as the moment it ends.
    validTo: dayOf(row.valid_to === null ? null : row.valid_to - 1),
  };
}

async function sendForm(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { row, form, errors = [] }: { row?: AccountListRow; form: AccountForm; errors?: FormError[] },
): Promise<string> {
  const teams = await teamsInScope(context, request);
  const sessions = row ? await listSessions(context, row.id) : [];
  const data = {
    form,
    id: row?.id,
    own: row?.id === visitOf(request).account.id,
    done: doneWords.get(fieldOf(request.query, 'done')),
    state: row && accountView(context, row),
    locked: row !== undefined && row.locked_at !== null,
    disabled: row !== undefined && row.disabled_at !== null,
    external: row !== undefined && row.external_subject !== null,
    hasFactor: row !== undefined && row.confirmed_at !== null,
    roles: roleItems,
    teams: [
      ...(visitOf(request).account.teamId === null ? [{ value: '', text: 'Every team' }] : []),
      ...teams.map(({ id, name, organisation }) => ({ value: id, text: `${name} (${organisation})` })),
    ],
    onlyOrganisation: visitOf(request).account.organisation,
    sessions: sessions.map(({ browser, last_used_at }) => ({
      browser: browserWords(browser),
      used: moment(last_used_at),
    })),
  };
  const title = row ? row.display_name : 'New account';
  return sendPage(context, request, reply, { name: 'account-edit', title, section: 'accounts', errors, data });
}

function sendPassword(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  username: string,
  password: string,
): string {
  const data = { username, password };
  return sendPage(context, request, reply, {
    name: 'new-password',
    title: 'A first password',
    section: 'accounts',
    data,
  });
}
