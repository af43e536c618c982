import { BlockList, isIP } from 'node:net';
import Type from 'typebox';
import { exactObject } from '../schema.ts';

/**
 * How a computer tells that it is on the organisation's network. Addresses are what the nearest DHCP server says, so
 * this keeps honest people's devices apart and is no proof against somebody who imitates the network.
 */
export const OwnNetwork = exactObject(
  {
    addresses: Type.Array(Type.String({ pattern: '^[0-9a-fA-F:.]{2,45}/[0-9]{1,3}$' }), {
      minItems: 1,
      maxItems: 256,
      uniqueItems: true,
      description: 'Ranges its computers have addresses in, such as `10.20.0.0/16`; through a VPN as well.',
    }),
    searchDomains: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$', maxLength: 253 }), {
        minItems: 1,
        maxItems: 32,
        description: 'Where given, the system must search names in one of these domains, too.',
      }),
    ),
  },
  {
    description:
      "The organisation's own network, for `network` in rules; without it nobody can tell. It rests on what the network says of itself and is no proof against somebody who imitates it.",
  },
);
export type OwnNetwork = Type.Static<typeof OwnNetwork>;

/** Whether a range such as `10.20.0.0/16` is one. */
export function isAddressRange(range: string): boolean {
  const [address = '', prefix = ''] = range.split('/');
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** Makes the test for addresses in any of the ranges, each of which is one. */
export function inRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
