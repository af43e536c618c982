import { expect, it } from 'vitest';
import { openHome } from '../../../collector/home.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

it('a collector starts with a policy that names its own organisation, also over one of 0.1 that did not', async () => {
  using folder = tempFolder();
  {
    await using first = await realCollector({ folder: folder.path });
    expect(first.policy).toMatchObject({ version: 1, signed: { organisation: 'Test organisation' } });
    const { policySigner } = openHome(folder.path);
    const text = profileText('focus').replace(/^title: .*$/m, 'title: Ours');
    await publishPolicy(first.context.store, policySigner, { text, reason: '0.1', publishedBy: 'init', now: 1 });
  }
  await using second = await realCollector({ folder: folder.path });
  expect(second.policy).toMatchObject({
    version: 3,
    policy: { title: 'Ours', organisation: 'Test organisation' },
    signed: { organisation: 'Test organisation' },
  });
  await using third = await realCollector({ folder: folder.path });
  expect(third.policy.version).toBe(3);
});
