import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';

/** Looks a name up, as `dns.lookup` with `all` does. */
export type LookUp = (hostname: string, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

export const lookUpBySystem: LookUp = (hostname, callback) => {
  systemLookup(hostname, { all: true, verbatim: true }, callback);
};

/** Where a message was not to be sent to. Trying again does not help. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

/** Hosts that may be reached wherever they are, and without TLS: `localhost`, `127.0.0.1:8080`. For development. */
export type AllowedHosts = ReadonlySet<string>;

/** Public as its range says, and yet a cloud's inside: Azure's metadata and platform address. */
const INSIDE_NEVERTHELESS = new Set(['168.63.129.16']);

/**
 * Whether an address is one of the public internet. Everything else is refused by what it is, and not by a list of what is
 * bad: private, loopback, link-local (where clouds keep their metadata), shared, reserved, and every form that carries an
 * IPv4 address inside an IPv6 one.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address) || INSIDE_NEVERTHELESS.has(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return isPublicAddress(parsed.toIPv4Address().toString());
  return parsed.range() === 'unicast';
}

export function isAllowedHost(url: URL, allowed: AllowedHosts): boolean {
  return allowed.has(url.hostname) || allowed.has(url.host);
}

/**
 * A connector that decides at the moment of connection, with the very addresses that it connects to: a name that answered
 * differently when it was checked before gains nothing. One bad address among good ones is enough to refuse.
 */
export function guardedConnector(lookUp: LookUp, allowed: AllowedHosts, timeoutMs: number): buildConnector.connector {
  const guarded = buildConnector({ timeout: timeoutMs, lookup: guardedLookup(lookUp), autoSelectFamily: false });
  // Also where it may be reached, a name is looked up by the same means.
  const open = buildConnector({ timeout: timeoutMs, lookup: guardedLookup(lookUp, () => true), autoSelectFamily: false });
  return (options, callback) => {
    const { hostname, port, protocol } = options;
    if (allowed.has(hostname) || allowed.has(`${hostname}:${port}`)) {
      open(options, callback);
      return;
    }
    const literal = hostname.replace(/^\[|\]$/g, '');
    if (protocol !== 'https:') callback(new ForbiddenAddressError('only https is allowed'), null);
    else if (isIP(literal) !== 0 && !isPublicAddress(literal)) callback(forbidden(), null);
    else guarded(options, callback);
  };
}

function guardedLookup(lookUp: LookUp, isAllowed: (address: string) => boolean = isPublicAddress): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) callback(forbidden(), '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function forbidden(): ForbiddenAddressError {
  return new ForbiddenAddressError('the address is not one of the public internet');
}
