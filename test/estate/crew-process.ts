import { crew, type Order } from './crew.ts';

/*
 * A process of its own with a part of an estate: carries out orders one after the other and answers each. Ends with
 * the process that started it.
 */
const { carryOut } = crew();
let last: Promise<void> = Promise.resolve();
process.on('message', (order: Order) => {
  last = last.then(async () => {
    process.send?.(await carryOut(order));
  });
});
process.on('disconnect', () => process.exit());
