import { type Certificates, makeCertificates } from './certificates.ts';
import type { InstalledProgram } from './debian.ts';
import { startMemcached } from './memcached.ts';
import type { ServerProcess } from './server-process.ts';

/** A memcached that speaks TLS, there while the tests of a group run. */
export interface SecureMemcached {
  readonly port: number;
  readonly certificates: Certificates;
}

/** To be called in a group of tests. Its members can be read by the tests, not before. */
export function secureMemcached(program: InstalledProgram): SecureMemcached {
  let certificates: Certificates;
  let server: ServerProcess;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startMemcached(program, { certificates });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });
  return {
    get port() {
      return server.port;
    },
    get certificates() {
      return certificates;
    },
  };
}
