import type { Incoming } from '../http.ts';

/*
 * The control API moves clocks and forgets everything, so it is for this machine only: not for the network the simulator
 * may listen on, not for whoever a proxy lets through, and not for a web page in a browser that runs here.
 */

/** Why this request may not command the simulator, in one sentence; null when it may. */
export function whyNot(incoming: Incoming): string | null {
  if (!isLoopbackAddress(incoming.peer)) {
    return 'The control API answers this machine only: connect to it over a loopback address.';
  }
  if (!isLoopbackName(hostnameOf(`http://${incoming.header('host')}`))) {
    return 'The control API answers to localhost only: the Host header must be a loopback name or address.';
  }
  const forwarded = incoming.headerNames.find((name) => name === 'forwarded' || name.startsWith('x-forwarded-'));
  if (forwarded !== undefined) {
    return `The control API does not answer through a proxy: leave out the header ${forwarded}.`;
  }
  const origin = incoming.header('origin');
  if (origin !== undefined && !isLoopbackName(hostnameOf(origin))) {
    return 'The control API does not answer web pages of other places: call it without the Origin header.';
  }
  return null;
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

function isLoopbackName(name: string): boolean {
  return /^(.+\.)?localhost$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/.test(name);
}

function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}
