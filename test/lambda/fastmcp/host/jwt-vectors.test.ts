/**
 * The tests of the TypeScript verifier, every one of them, against the Python verifier: both hosts decide alike about each token
 * and each fault of an issuer, down to the reason and the text of the challenge.
 */
import type * as jwt from '../../../../lambda/auth/jwt.ts';
import { describeBesidePython } from '../../../support/python-peer.ts';
import { PythonAuthenticators } from './python-authenticator.ts';

const python = new PythonAuthenticators();

jest.mock('../../../../lambda/auth/jwt.ts', () => ({
  jwtAuthenticator: (...args: Parameters<typeof jwt.jwtAuthenticator>) => {
    // What is wrong with a policy is thrown at once, which another process cannot do.
    jest.requireActual<typeof jwt>('../../../../lambda/auth/jwt.ts').jwtAuthenticator(...args);
    return python.make(...args);
  },
}));

afterAll(() => python.stop());

describeBesidePython('the Python verifier', () => {
  jest.requireActual('../../auth/jwt.test.ts');
  jest.requireActual('../../auth/issuer.test.ts');
});
