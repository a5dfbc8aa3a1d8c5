import { nobody } from '../../domain/identity.js';
import type { Authenticate } from '../authenticate.js';
import type { CertificateVerifier } from './certificate-verifier.js';
import { shownCertificates, type ProxyDoor } from './shown-certificates.js';

/** Whoever shows a client certificate, or a proxy of one, by TLS of dipper's own or by the reverse proxy. */
export const authenticateByCertificate = (verifier: CertificateVerifier, proxy: ProxyDoor): Authenticate => async (request, signal) => {
  const shown = shownCertificates(request, proxy);
  return shown.length === 0 ? nobody : verifier.verify(shown, signal);
};
