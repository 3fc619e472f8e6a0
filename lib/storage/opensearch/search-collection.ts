import type { IResource } from 'aws-cdk-lib';
import { ArnFormat, Resource, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import type { Construct } from 'constructs';

/** A collection of OpenSearch Serverless. */
export interface ISearchCollection extends IResource, ec2.IConnectable {
  /** Its name. */
  readonly collectionName: string;
  /** Its ARN. */
  readonly collectionArn: string;
  /** Where it answers: a host, without `https://`. */
  readonly collectionHost: string;
}

/** A collection that exists. */
export interface SearchCollectionAttributes {
  /** Its ARN, such as `arn:aws:aoss:eu-west-1:111122223333:collection/abc123`. */
  readonly collectionArn: string;
  /** Its name. */
  readonly collectionName: string;
  /**
   * The security group of the endpoint through which the network of the server reaches it. Its network policy must name that
   * endpoint.
   *
   * @default - none: it is reached over the internet
   */
  readonly endpointSecurityGroup?: ec2.ISecurityGroup;
}

/** @internal */
export class ImportedCollection extends Resource implements ISearchCollection {
  readonly collectionName: string;
  readonly collectionArn: string;
  readonly collectionHost: string;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: SearchCollectionAttributes) {
    super(scope, id, { environmentFromArn: props.collectionArn });
    this.collectionName = props.collectionName;
    this.collectionArn = props.collectionArn;
    const parts = Stack.of(scope).splitArn(props.collectionArn, ArnFormat.SLASH_RESOURCE_NAME);
    this.collectionHost = `${parts.resourceName ?? ''}.${this.env.region}.aoss.${Stack.of(scope).urlSuffix}`;
    this.connections = new ec2.Connections({
      defaultPort: ec2.Port.HTTPS,
      securityGroups: props.endpointSecurityGroup ? [props.endpointSecurityGroup] : [],
    });
  }
}

/** What a collection of the application is made of. */
export interface OwnCollectionProps {
  readonly name: string;
  readonly resource: aoss.CfnCollection;
  /** Of the endpoint that reaches it. */
  readonly securityGroup: ec2.ISecurityGroup;
}

/** @internal */
export class OwnCollection extends Resource implements ISearchCollection {
  readonly collectionName: string;
  readonly collectionArn: string;
  readonly collectionHost: string;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: OwnCollectionProps) {
    super(scope, id);
    const { name, resource, securityGroup } = props;
    this.collectionName = name;
    this.collectionArn = resource.attrArn;
    this.collectionHost = `${resource.attrId}.${this.env.region}.aoss.${Stack.of(this).urlSuffix}`;
    this.connections = new ec2.Connections({ defaultPort: ec2.Port.HTTPS, securityGroups: [securityGroup] });
  }
}
