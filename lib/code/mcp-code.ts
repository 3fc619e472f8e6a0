import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { RuntimeHost, RuntimePart } from './runtime-part.ts';
import type { TypeScriptCodeProps } from './typescript-code.ts';
import { bindTypeScript } from './typescript-code.ts';

/** What a compute asks of the code when it binds it. */
export interface McpCodeBindOptions {
  /** The host that the code runs under. */
  readonly host: RuntimeHost;
  /** The parts of the runtime that the deployment needs. */
  readonly parts: RuntimePart[];
}

/** Code that is ready to run. */
export interface McpCodeConfig {
  /** The asset to deploy. */
  readonly code: lambda.Code;
  /** The file and the export to call, as Lambda writes them. */
  readonly handler: string;
  /**
   * Environment variables that the code needs.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };
}

/** Where the server's code comes from. */
export abstract class McpCode {
  /**
   * A server written in TypeScript or JavaScript, bundled by esbuild at synth.
   *
   * @throws Error when the entry does not exist, is not a module, or has no default export
   */
  static typescript(props: TypeScriptCodeProps): McpCode {
    return new TypeScriptCode(props);
  }

  /** Called by the compute; not by applications. */
  abstract bind(scope: Construct, options: McpCodeBindOptions): McpCodeConfig;
}

class TypeScriptCode extends McpCode {
  private readonly props: TypeScriptCodeProps;

  constructor(props: TypeScriptCodeProps) {
    super();
    this.props = props;
  }

  override bind(scope: Construct, options: McpCodeBindOptions): McpCodeConfig {
    return bindTypeScript(this.props, scope, options);
  }
}
