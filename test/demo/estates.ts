import type { ProfileName } from '../../collector/home.ts';
import { computers, type DemoComputer } from './computers.ts';

/** An organisation of the demonstration, with a collector of its own. */
export interface Estate {
  organisation: string;
  profile: ProfileName;
  computers: readonly DemoComputer[];
}

const first = 38;

/** 60 computers together. */
export const estates: readonly [focus: Estate, westEssex: Estate] = [
  { organisation: 'focus (demonstration)', profile: 'focus', computers: computers.slice(0, first) },
  {
    organisation: 'NHS West Essex CCG (demonstration)',
    profile: 'ccg',
    computers: computers.slice(first).map((computer) => {
      const hostname = computer.inventory.hostname.replace('FOC', 'WEC');
      return { ...computer, inventory: { ...computer.inventory, hostname } };
    }),
  },
];
