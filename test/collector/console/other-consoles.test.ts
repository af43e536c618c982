import { describe, expect, it } from 'vitest';
import { roles } from '../../../collector/accounts/roles.ts';
import { createHome, openHome } from '../../../collector/home.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { openConsole } from './visitors.ts';

const other = { organisation: 'Other <b>Trust</b>', address: 'https://other.example:8444' };
const ict = ['ict-analyst', 'ict-administrator'];

describe('consoles of other organisations', () => {
  it('are links on the first page of ICT, who work for all of them, and of nobody else', async () => {
    await using site = await openConsole({ otherConsoles: [other] });
    for (const role of roles) {
      const { body } = await (await site.visitor(role)).get('/');
      expect([role, body.includes(`href="${other.address}" rel="noreferrer"`)]).toEqual([role, ict.includes(role)]);
      expect([role, body.includes('<b>Trust</b>')]).toEqual([role, false]);
    }
  });

  it('are not spoken of where there are none', async () => {
    await using site = await openConsole();
    const { body } = await (await site.visitor('ict-analyst')).get('/');
    expect(body).not.toContain('Other organisations');
  });
});

describe('the setting of other consoles', () => {
  it.each(['http://other.example', 'javascript:alert(1)', 'https://other.example/" onclick="x', '//other.example'])(
    'takes no address like %s',
    (address) => {
      using home = tempFolder();
      createHome(home.path, {
        ...{ organisation: 'Example Care', profile: 'focus' },
        otherConsoles: [{ organisation: 'Other Trust', address }],
      });
      expect(() => openHome(home.path)).toThrow(/otherConsoles/);
    },
  );
});
