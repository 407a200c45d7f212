import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

// What the library has no name for is unicast to it; of IPv6 the internet has one block (RFC 4291 §2.4).
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Only addresses of the public internet: loopback, private, link-local, mapped and reserved ranges are refused (E-5). */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const read = ipaddr.process(address);
  return read.range() === 'unicast' && (read instanceof ipaddr.IPv4 || read.match(globalUnicast));
}

const bare = (host: string) => host.replace(/^\[|\]$/g, '');

/** Whether the host of a URL is an address, written out, that is not public. A name is judged when it is looked up. */
export const isPrivateLiteral = ({ hostname }: URL): boolean =>
  ipaddr.isValid(bare(hostname)) && !isPublic(bare(hostname));

/** A name of this machine or of a local network, whatever a resolver makes of it (RFC 6761 §6.3). */
export function isLocalName({ hostname }: URL): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase();
  return !ipaddr.isValid(bare(name)) && (!name.includes('.') || name.endsWith('.localhost'));
}

export const notPublic = 'EREFUSEDADDRESS';

/**
 * Looks a name up once for one connection, which then goes to the very address that was judged here. One answer that is not
 * public refuses them all.
 */
export const publicOnly: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublic(address)))
      return callback(Object.assign(new Error('resolves to an address that is not public'), { code: notPublic }), '');
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? '', first?.family);
  });
};
