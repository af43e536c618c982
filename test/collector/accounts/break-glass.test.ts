import { expect, it } from 'vitest';
import { breakGlassName, noteBreakGlass, sealBreakGlass } from '../../../collector/accounts/break-glass.ts';
import { checkPassword } from '../../../collector/accounts/sign-in.ts';
import { listComputers } from '../../../collector/register/computers-report.ts';
import { verifyStore } from '../../../collector/store/verify.ts';
import { testStore } from '../console/site.ts';

const username = breakGlassName;

it('is made once, and gets a new password when asked again', async () => {
  await using made = await testStore();
  const first = await sealBreakGlass(made.context);
  const second = await sealBreakGlass(made.context);
  expect(second.password).not.toBe(first.password);
  expect(await checkPassword(made.context, first)).toBeUndefined();
  expect(await checkPassword(made.context, second)).toMatchObject({
    role: 'ict-administrator',
    breakGlass: true,
    mustChangePassword: false,
  });
});

it('is never locked, because whoever wants to keep everybody out would begin there', async () => {
  await using made = await testStore();
  const { password } = await sealBreakGlass(made.context);
  for (let wrong = 0; wrong < 7; wrong += 1)
    expect(await checkPassword(made.context, { username, password: 'x' })).toBeUndefined();
  expect(await checkPassword(made.context, { username, password })).toMatchObject({ breakGlass: true });
});

it('raises a critical alert of the collector itself, tells open pages, and stands in the trail', async () => {
  await using made = await testStore();
  const { store, changes } = made.context;
  const told: string[] = [];
  changes.subscribe(({ alertIds }) => told.push(...alertIds));
  const account = await checkPassword(made.context, await sealBreakGlass(made.context));
  await noteBreakGlass(made.context, account?.id ?? '');
  const alerts = await store.selectFrom('alerts').selectAll().execute();
  expect(alerts).toMatchObject([{ rule_id: 'break-glass-used', severity: 'critical', computer_no: 0, state: 'open' }]);
  expect(told).toEqual([alerts[0]?.id]);
  expect(
    await store.selectFrom('audit').select('action').where('action', '=', 'break-glass.used').execute(),
  ).toHaveLength(1);
  // The collector's own row is no computer: it stands in no list, and proves nothing.
  expect(await listComputers(store)).toEqual([]);
  expect(await verifyStore(store, undefined, () => undefined)).toEqual({ holds: true, computers: [] });
});
