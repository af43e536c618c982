import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PortcullisError } from '#shared/errors.ts';
import { productVersion } from '#shared/version.ts';
import type { CollectorContext } from '../context.ts';
import type { Channel } from './channels/channel.ts';
import { fileChannel } from './channels/file.ts';
import { syslogChannel } from './channels/syslog.ts';
import { webhookChannel } from './channels/webhook.ts';
import type { Sender } from './record.ts';
import type { ExportSettings } from './settings.ts';
import { type Stream, stream } from './stream.ts';

export interface ExportParts {
  /** Destinations of the settings. */
  settings: readonly ExportSettings[];
  /** The collector's own, where relative paths of the settings begin. */
  folder: string;
  organisation: string;
}

/** All that leaves this collector by itself. */
export interface Exports {
  start(): void;
  stop(): Promise<void>;
  /** Looks at every destination now. */
  check(): Promise<void>;
  /** @throws PortcullisError `noSuchDestination`, SendError when it did not take it */
  test(name: string): Promise<void>;
  /** Looks soon at the destinations, for example after one was resumed. */
  wake(): void;
}

export function startableExports(context: CollectorContext, { settings, folder, organisation }: ExportParts): Exports {
  const sender: Sender = { organisation, version: productVersion() };
  // Read at each use, so that a new certificate or secret needs no restart.
  const read = (file: string) => readFileSync(resolve(folder, file));
  const streams: Stream[] = settings.map((one) => {
    const channel = channelOf(one, { context, sender, folder, read });
    return stream({ ...context, settings: one, channel, sender, random: Math.random });
  });
  const wake = () => {
    for (const one of streams) one.wake();
  };
  let unsubscribe: () => void = () => undefined;

  return {
    wake,
    start() {
      unsubscribe = context.changes.subscribe(wake);
      for (const one of streams) one.start();
      wake();
    },
    async stop() {
      unsubscribe();
      await Promise.all(streams.map((one) => one.stop()));
    },
    async check() {
      await Promise.all(streams.map((one) => one.check()));
    },
    async test(name) {
      const found = streams.find((one) => one.settings.name === name);
      if (!found)
        throw new PortcullisError(
          'noSuchDestination',
          'There is no such destination in the settings of this collector.',
        );
      await found.test();
    },
  };
}

interface ChannelParts {
  context: CollectorContext;
  sender: Sender;
  folder: string;
  read(file: string): Buffer;
}

function channelOf(settings: ExportSettings, { context, sender, folder, read }: ChannelParts): Channel {
  switch (settings.channel) {
    case 'syslog':
      return syslogChannel(settings, sender, read);
    case 'webhook':
      return webhookChannel(settings, context.clock, read);
    case 'file':
      return fileChannel(settings, resolve(folder, settings.path));
  }
}
