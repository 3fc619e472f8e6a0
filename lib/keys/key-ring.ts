import { RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { acknowledge } from '../private/findings.ts';
import { refuseSnapshot } from '../private/removal.ts';
import { KeyRingGrants } from './key-ring-grants.ts';

/** The keys of one server or of several that share their data. */
export interface IKeyRing {
  /** The secret that holds them. */
  readonly secret: secretsmanager.ISecret;
  /** Lets others read the keys. */
  readonly grants: KeyRingGrants;
}

/** Properties of a key ring. */
export interface KeyRingProps {
  /**
   * Key that encrypts the secret.
   *
   * @default - the key of Secrets Manager, `aws/secretsmanager`
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the secret when it leaves the stack. Without its keys, what they encrypted cannot be read.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Characters of the root: 64 letters and digits hold 381 bits, more than the 256 of any key derived from it. */
const ROOT_LENGTH = 64;

/**
 * Keys of a server, generated inside Secrets Manager at deployment: no key is ever in a template, a variable or a log.
 *
 * The secret is a JSON object with a random `root`, from which the runtime derives one key for each purpose.
 */
export class KeyRing extends Construct implements IKeyRing {
  /** Keys in a secret that exists already: `{"root":"…"}` with at least 43 random letters and digits (256 bits). */
  static fromSecret(secret: secretsmanager.ISecret): IKeyRing {
    return { secret, grants: KeyRingGrants.fromSecret(secret) };
  }

  readonly secret: secretsmanager.ISecret;
  readonly grants: KeyRingGrants;

  // eslint-disable-next-line awscdk/construct-constructor-property -- the rule does not know default values
  constructor(scope: Construct, id: string, props: KeyRingProps = {}) {
    super(scope, id);
    refuseSnapshot('a secret', props.removalPolicy);
    const secret = new secretsmanager.Secret(this, 'Secret', {
      description: `Keys of ${this.node.path}`,
      encryptionKey: props.encryptionKey,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'root',
        passwordLength: ROOT_LENGTH,
        excludePunctuation: true,
      },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    acknowledge(secret, {
      'AwsSolutions-SMG4': 'rotating the root would orphan what its keys encrypted: it is replaced in stages, by hand',
    });
    this.secret = secret;
    this.grants = KeyRingGrants.fromSecret(secret);
  }
}
