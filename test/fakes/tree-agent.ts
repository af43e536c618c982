import { watchRemovableMediaOnLinux } from '../../agent/watchers/removable-media/linux.ts';
import { runBareAgent } from './bare-agent.ts';

/*
 * A program of its own: the real agent, which looks for removable media in the /sys, /proc and /dev of linux-tree.ts.
 * Says to the process that started it when it is ready.
 *
 *     node tree-agent.ts HOME ROOTS-AS-JSON
 */
const [, , folder = '', roots = '{}'] = process.argv;
await runBareAgent(folder, { 'removable-media': watchRemovableMediaOnLinux(JSON.parse(roots)) });
process.send?.('ready');
