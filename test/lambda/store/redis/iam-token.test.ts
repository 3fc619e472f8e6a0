import { iamToken, type IamTokenProps } from '../../../../lambda/store/redis/iam-token.ts';

const props: IamTokenProps = {
  username: 'notes-user',
  cache: 'my-cache',
  serverless: false,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
};
const now = new Date('2026-11-24T07:00:00Z');

// Both were made with botocore: SigV4QueryAuth(credentials, "elasticache", "eu-central-1", 900) on GET http://my-cache/.
test.each<[string, Partial<IamTokenProps>, string, string]>([
  [
    'a replication group, with long-lived credentials',
    {},
    'my-cache/?Action=connect&User=notes-user&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-central-1%2Felasticache%2Faws4_request' +
      '&X-Amz-Date=20261124T070000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host',
    '584fd005169e65bfc95c1b22cee20993f9d029ba6c54a0df1d38164ab5f4e227',
  ],
  [
    "a serverless cache, with a role's session",
    {
      serverless: true,
      credentials: {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        sessionToken: 'session/+=token',
      },
    },
    'my-cache/?Action=connect&User=notes-user&ResourceType=ServerlessCache&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-central-1%2Felasticache%2Faws4_request' +
      '&X-Amz-Date=20261124T070000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host' +
      '&X-Amz-Security-Token=session%2F%2B%3Dtoken',
    'ccde152bcd354e48d2f044472099439036f1107bc5c675bff8b6aeba3d9e8157',
  ],
])('the token for %s is the one that botocore signs', async (_name, changes, unsigned, signature) => {
  const token = await iamToken({ ...props, ...changes }, now);
  const pairs = (text: string): string[] => (text.split('?')[1] ?? '').split('&').sort();
  expect(token.startsWith('my-cache/?Action=connect&User=notes-user&')).toBe(true);
  expect(pairs(token)).toEqual(pairs(`${unsigned}&X-Amz-Signature=${signature}`));
});
