import { z } from 'zod';

const text = z.string().min(1);

/** Which certificates are taken, and where. */
export const certificateRules = z.strictObject({
  /** Folder of CAs with their signing policies and CRLs, as grids have it. */
  caFolder: text,
  /** Folder of the VOMS servers (`<vo>/<host>.lsc`); without it VOMS attributes say nothing. */
  vomsFolder: text.optional(),
  /** Unix socket on which the reverse proxy that terminates TLS asks; no other door takes its identity headers. */
  proxySocket: text.optional(),
  /** A port of dipper's own with TLS, which takes proxies (RFC 3820), too: files of its certificate with the chain, and of its key (PEM). */
  listen: z.strictObject({ host: text, port: z.int().min(0).max(65_535), certificate: text, key: text }).optional(),
}).refine(({ proxySocket, listen }) => proxySocket ?? listen, 'neither `proxySocket` nor `listen` says where certificates are shown');
export type CertificateRules = z.infer<typeof certificateRules>;
