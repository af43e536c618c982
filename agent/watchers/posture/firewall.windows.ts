import type { PostureFacts } from '#shared/events/posture.ts';
import type { Registry } from '../../platform/windows/registry.ts';
import type { Wmi } from '../../platform/windows/wmi.ts';
import { type Protection, parseProduct } from './antivirus.windows.ts';

/** Kinds of network, each with settings of its own. */
const networks = ['domain', 'private', 'public'] as const;
type Network = (typeof networks)[number];

export interface FirewallSigns {
  /** Whether Windows' own firewall is on; undefined where nothing says so. */
  isOn: Record<Network, boolean | undefined>;
  isServiceDisabled: boolean;
  /** Firewalls of other makers, where there is a security centre. */
  products: Protection[];
}

const services = 'HKLM\\SYSTEM\\CurrentControlSet\\Services';
const own = `${services}\\SharedAccess\\Parameters\\FirewallPolicy`;
const policies = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall';
/** A policy goes before what is set on the computer; private networks were once called standard. */
const keys: Record<Network, string[]> = {
  domain: [`${policies}\\DomainProfile`, `${own}\\DomainProfile`],
  private: [`${policies}\\PrivateProfile`, `${policies}\\StandardProfile`, `${own}\\StandardProfile`],
  public: [`${policies}\\PublicProfile`, `${own}\\PublicProfile`],
};
const startDisabled = 4;

export function readFirewall(registry: Registry, wmi: Wmi): FirewallSigns {
  const isOn = (network: Network) => {
    const values = keys[network].map((key) => registry.value(key, 'EnableFirewall'));
    const found = values.find((value) => typeof value === 'number');
    return found === undefined ? undefined : found === 1;
  };
  const products = wmi.query('ROOT\\SecurityCenter2', 'FirewallProduct', ['displayName', 'productState']) ?? [];
  return {
    isOn: { domain: isOn('domain'), private: isOn('private'), public: isOn('public') },
    isServiceDisabled: registry.value(`${services}\\MpsSvc`, 'Start') === startDisabled,
    products: products.flatMap(parseProduct),
  };
}

/** Pure. */
export function judgeFirewall({ isOn, isServiceDisabled, products }: FirewallSigns): PostureFacts {
  const item = 'firewall' as const;
  const other = products.find(({ state }) => state === 'on');
  if (other) return { item, state: 'good', what: other.name, because: 'The security centre calls it on.' };
  const what = 'Windows Firewall';
  if (isServiceDisabled) return { item, state: 'bad', what, because: 'Its service is disabled.' };
  const off = networks.filter((network) => isOn[network] === false);
  if (off.length > 0) return { item, state: 'bad', what, because: `It is off on ${off.join(', ')} networks.` };
  if (networks.some((network) => isOn[network] === undefined)) {
    return { item, state: 'unknown', what, because: 'Nothing says whether it is on.' };
  }
  return { item, state: 'good', what, because: 'It is on for domain, private and public networks.' };
}
