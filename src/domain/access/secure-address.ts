import { z } from 'zod';

const isLoopback = ({ hostname }: URL) => hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** Keys, logins and sessions go over TLS; plain HTTP is for this machine alone. */
export const secureAddress = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}, 'is not an address that begins with https:// (http:// on loopback only)');
