/**
 * Every IAM action that the DynamoDB store needs, and no other: it neither queries nor scans, and the table is made and
 * described by whoever provisions it. The grant of the construct mirrors this list.
 */
export const DYNAMODB_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
] as const;
