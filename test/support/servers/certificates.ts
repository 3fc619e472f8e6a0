import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of a certificate, made for one test; where nothing else is said for `localhost` and 127.0.0.1. */
export interface Certificates {
  /** The authority that signed it. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The certificate of another authority, whom nobody who trusts `ca` believes. */
  readonly strangerCa: string;
  readonly directory: string;
  remove(): void;
}

/**
 * Makes them with OpenSSL, valid for a day.
 *
 * @param address another address of loopback that the server has
 */
export function makeCertificates(address = '127.0.0.1'): Certificates {
  return certificatesFor(['DNS:localhost', 'IP:127.0.0.1', `IP:${address}`]);
}

/** Such as no server of a test should have: for a name under which none is reached. */
export function makeCertificatesOfAnother(): Certificates {
  return certificatesFor(['DNS:elsewhere.example.com', 'IP:192.0.2.1']);
}

function certificatesFor(names: readonly string[]): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string): void => {
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
    openssl('req', '-x509', ...newKey, '-days', '1', '-subj', `/CN=${name}`, ...files);
  };
  authority('ca');
  authority('stranger');
  writeFileSync(path('names'), `subjectAltName=${names.join(',')}\n`);
  openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', path('server.key'), '-out', path('server.csr'));
  const signer = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial'];
  const request = ['-in', path('server.csr'), '-out', path('server.crt'), '-extfile', path('names'), '-days', '1'];
  openssl('x509', '-req', ...signer, ...request);
  return {
    ca: path('ca.crt'),
    cert: path('server.crt'),
    key: path('server.key'),
    strangerCa: path('stranger.crt'),
    directory,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
