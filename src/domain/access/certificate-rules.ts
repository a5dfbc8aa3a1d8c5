import { z } from 'zod';

const text = z.string().min(1);

/** Which certificates are taken. */
export const certificateRules = z.strictObject({
  /** Folder of CAs with their signing policies and CRLs, as grids have it. */
  caFolder: text,
});
export type CertificateRules = z.infer<typeof certificateRules>;
