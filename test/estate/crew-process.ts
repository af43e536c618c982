import { errorMessage } from '#shared/errors.ts';
import { type CrewAnswer, crew, type Order } from './crew.ts';

/*
 * A process of its own with a part of an estate: carries out orders one after the other and answers each. Ends with
 * the process that started it.
 */
const { carryOut } = crew();
let last: Promise<void> = Promise.resolve();
process.on('message', (order: Order) => {
  last = last.then(async () => {
    const answer: CrewAnswer = await carryOut(order).catch((error: unknown) => ({ error: errorMessage(error) }));
    process.send?.(answer);
  });
});
process.on('disconnect', () => process.exit());
