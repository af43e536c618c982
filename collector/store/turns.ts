import type { CompiledQuery, DatabaseConnection, Driver } from 'kysely';

/**
 * Lets the threads of one process write one after the other. SQLite would do so too, but it makes whoever waits stand
 * still, and while the main thread stands still no agent and no page is answered.
 */
export interface Turns {
  /** Begins at once when it is nobody's turn, otherwise after those who asked before. `end` may be called twice. */
  take(begin: (end: () => void) => void): void;
}

export function turns(): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;

  function start(begin: (end: () => void) => void): void {
    let over = false;
    taken = true;
    begin(() => {
      if (over) return;
      over = true;
      taken = false;
      waiting.shift()?.();
    });
  }

  return {
    take(begin) {
      if (taken) waiting.push(() => start(begin));
      else start(begin);
    },
  };
}

/** A driver of one connection whose transactions, and whose single statements that may write, take turns. */
export function takingTurns(driver: Driver, { take }: Turns): Driver {
  const nothing = () => undefined;
  let end: () => void = nothing;
  const begin = () =>
    new Promise<void>((resolve) =>
      take((given) => {
        end = given;
        resolve();
      }),
    );

  function inTurn(connection: DatabaseConnection): DatabaseConnection {
    return {
      async executeQuery<R>(query: CompiledQuery) {
        if (end !== nothing || query.query.kind === 'SelectQueryNode') return connection.executeQuery<R>(query);
        await begin();
        return connection.executeQuery<R>(query).finally(over);
      },
      streamQuery: (query, size) => connection.streamQuery(query, size),
    };
  }

  function over(): void {
    end();
    end = nothing;
  }

  return {
    init: () => driver.init(),
    acquireConnection: async () => inTurn(await driver.acquireConnection()),
    async beginTransaction(connection, settings) {
      await begin();
      await driver.beginTransaction(connection, settings).catch((error: unknown) => {
        over();
        throw error;
      });
    },
    // A commit that fails is rolled back, and the turn lasts until then.
    commitTransaction: (connection) => driver.commitTransaction(connection).then(over),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection).finally(over),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  };
}
